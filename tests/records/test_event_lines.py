"""Events as lines of the records themselves."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from andon.errors import DataProblem
from andon.plan import build, from_python
from andon.records import read
from andon.records.lives.histories import as_lives, open_ended, with_lives

START = datetime(2024, 1, 1)
HAPPENED = [("a", 4, "failure"), ("a", 6, "repair"), ("b", 5, "preventive change"), ("b", 8, "planned stop")]


def plan(**more):
    """A plan of the job with these settings."""
    return build({}, from_python({"job": "remaining_life", "data": {"rows": {"unit": "unit", "time": "time"}}, **more}))


def rows(count=12, units=("a", "b")):
    """A row per unit and hour, with two sensors."""
    return pl.DataFrame({
        "unit": [u for u in units for _ in range(count)],
        "time": [START + timedelta(hours=h) for _ in units for h in range(count)],
        "heat": np.arange(count * len(units), dtype=float), "oil": np.arange(count * len(units), dtype=float) % 5,
    })  # fmt: skip


def lines(happened=HAPPENED, minutes=30, **more):
    """Events as rows of their own, half an hour after a reading."""
    when = [START + timedelta(hours=hour, minutes=minutes) for _, hour, _ in happened]
    units, _, words = zip(*happened, strict=True)
    return pl.DataFrame({"unit": units, "time": when, "event": words, **more})


def mixed(**more):
    """Readings and events in one table."""
    return pl.concat([rows(), lines(**more)], how="diagonal").sort("unit", "time")


def as_listed(frame, tmp_path, **more):
    """The same events as a list beside the rows."""
    lines(**more).write_csv(tmp_path / "events.csv")
    beside = {"with": [{"path": str(tmp_path / "events.csv"), "on": "unit", "as_of": "time"}]}
    return as_lives(read(plan(data={"rows": {"unit": "unit", "time": "time"}, **beside}), frame))


def test_lines_cut_lives_as_a_list_does(tmp_path):
    """Readings, lives, ends and what is left of them are those of a list of its own beside the readings."""
    ours, theirs = as_lives(read(plan(), mixed())), as_listed(rows(), tmp_path)

    names = ["unit", "time", "heat", "life", "life_ends", "remaining_life"]
    assert ours.frame.select(names).collect().equals(theirs.frame.select(names).collect())
    assert (open_ended(ours) == open_ended(theirs)).all()
    assert ours.the("event") == "event"
    assert "event" not in ours.inputs()
    assert any(note.code == "event_rows" and "4 rows" in note.text for note in ours.notes)


def test_a_reading_may_say_what_happened(tmp_path):
    """A row that holds a reading and a word stays a reading, the last one of the life that ends with it."""
    word = pl.lit(None, pl.String)
    for unit, hour, what in HAPPENED:
        here = (pl.col("unit") == unit) & (pl.col("time") == START + timedelta(hours=hour))
        word = pl.when(here).then(pl.lit(what)).otherwise(word)

    ours = as_lives(read(plan(), rows().with_columns(event=word)))
    theirs = as_listed(rows(), tmp_path, minutes=0)

    names = ["unit", "time", "heat", "life", "remaining_life"]
    assert ours.frame.select(names).collect().equals(theirs.frame.select(names).collect())


def test_a_file_of_texts_is_read_alike(tmp_path):
    """In CSV the other rows hold nothing, `none` or a dash."""
    wanted = as_lives(read(plan(), mixed())).frame.select("life", "remaining_life").collect()
    for filler in (None, "none", "-", "无"):
        mixed().with_columns(pl.col("event").fill_null(filler or "")).write_csv(tmp_path / "rows.csv")

        found = as_lives(
            read(plan(data={"rows": {"path": str(tmp_path / "rows.csv"), "unit": "unit", "time": "time"}}))
        )

        assert found.frame.select("life", "remaining_life").collect().equals(wanted)


def test_what_is_filled_only_at_events_is_no_input():
    """A code or a duration that comes with the failure would give it away."""
    frame = mixed().with_columns(
        loss_h=pl.when(pl.col("event") == "failure").then(2.5),
        code=pl.when(pl.col("event").is_not_null()).then(pl.lit("E7")),
    )

    found = read(plan(), frame)

    assert {c.name: c.role for c in found.columns if c.name in ("loss_h", "code")} == {
        "loss_h": "after",
        "code": "after",
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [("alarm", ["door fault", "oil fault"]), ("state", ["failure", "repair"] * 9), ("note", ["lunch", "shift"]),
     ("mode", ["planned stop", "idle"])],
)  # fmt: skip
def test_other_columns_of_words_are_inputs(name, words):
    """Alarms of one kind, states that are said in every other row, notes and stops cut no life."""
    frame = rows().with_columns(pl.Series(name, [words[i // 2 % len(words)] if i % 2 or len(words) > 2 else None
                                                 for i in range(24)]))  # fmt: skip

    found = read(plan(), frame)

    assert found.events is None
    assert found.the("event") is None


def test_a_column_that_is_ignored_cuts_nothing():
    """`known.ignore` takes the events out."""
    assert read(plan(known={"ignore": ["event"]}), mixed()).events is None


def test_a_strange_word_is_named():
    """One word among many events that means nothing is a sentence, with the way out."""
    many = [("a", h, "failure") for h in range(1, 6)] + [("b", h, "repair") for h in range(1, 6)] + [("b", 7, "lunch")]
    frame = pl.concat([rows(40), lines(many)], how="diagonal")

    with pytest.raises(DataProblem, match=r"'lunch' says not what happened.*known.ignore=\[event\]"):
        read(plan(), frame)


def test_lines_and_a_list_are_one(tmp_path):
    """What both say is said once, what one of them says counts."""
    lines(HAPPENED[:2]).write_csv(tmp_path / "events.csv")
    beside = {"with": [{"path": str(tmp_path / "events.csv"), "on": "unit", "as_of": "time"}]}

    both = as_lives(read(plan(data={"rows": {"unit": "unit", "time": "time"}, **beside}), mixed()))

    alone = as_lives(read(plan(), mixed()))
    assert both.frame.select("life").collect().equals(alone.frame.select("life").collect())


def test_other_jobs_leave_such_a_column_alone():
    """Rows that stand alone have no lives."""
    frame = mixed().with_columns(state=pl.when(pl.col("heat") > 9).then(pl.lit("ok")).otherwise(pl.lit("ng")))

    assert read(build({}, from_python({"job": "classify", "target": "state"})), frame).events is None


def test_lives_are_told_for_rows_to_be_answered():
    """All rows stay, in their order; a unit that failed is down until its repair."""
    found = with_lives(read(plan(), mixed()), whole=True)

    got = found.frame.collect()
    assert got.height == 28
    a = got.filter(pl.col("unit") == "a")
    assert a["life"].null_count() == 3
