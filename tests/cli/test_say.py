"""What the command line prints."""

from andon.cli.say import measured, of_rows


def test_rows_of_one_reason_are_one_line():
    """Where they follow each other; another reason, or a gap, begins a new one."""
    told = [(3, "down"), (4, "down"), (5, "late"), (6, "down"), (8, "down")]

    assert of_rows(told) == ["rows 3 to 4: down", "row 5: late", "row 6: down", "row 8: down"]


def test_nothing_judged_is_no_empty_table(capsys):
    """A sentence stands where no metric does."""
    measured(["metric", "value"], [])

    assert capsys.readouterr().out.startswith("nothing was judged")
