"""Where runs live, and when one is whole."""

from __future__ import annotations

import pytest

from andon.errors import RunProblem
from andon.run.files import write_json
from andon.run.folder import FORMAT, begin, open_run


def test_an_unfinished_run_of_the_same_plan_is_resumed(tmp_path):
    """The same plan and data come back to the same folder until it is finished."""
    first, resumed = begin(tmp_path, "a", "same")
    again, resumed_again = begin(tmp_path, "a", "same")

    assert (resumed, resumed_again) == (False, True)
    assert first == again


def test_a_finished_run_gets_a_successor(tmp_path):
    """Nothing finished is ever written over; latest.txt names the last."""
    first, _ = begin(tmp_path, "a", "same")
    first.seal(first.manifest)

    second, resumed = begin(tmp_path, "a", "same")

    assert (second.folder.name, resumed) == ("a-2", False)
    assert (tmp_path / "latest.txt").read_text() == "a-2\n"


def test_another_plan_does_not_touch_half_a_run(tmp_path):
    """A run of other settings is begun beside the unfinished one."""
    begin(tmp_path, "a", "one")
    other, resumed = begin(tmp_path, "a", "two")

    assert (other.folder.name, resumed) == ("a-2", False)


def test_half_a_run_is_named_as_half(tmp_path):
    """No other command works with a run that never ended."""
    run, _ = begin(tmp_path, "a", "one")
    with pytest.raises(RunProblem, match="half a run"):
        open_run(run.folder)


def test_a_newer_format_is_refused(tmp_path):
    """A run of a later version says so instead of being misread."""
    write_json(tmp_path / "manifest.json", {"format": FORMAT + 1, "finished": True})
    with pytest.raises(RunProblem, match="update andon|Update andon"):
        open_run(tmp_path)


def test_no_run_is_named(tmp_path):
    """A folder that is not there is a sentence."""
    with pytest.raises(RunProblem, match="there is no such run"):
        open_run(tmp_path / "gone")


def test_a_misspelt_run_is_answered_with_the_nearest(tmp_path):
    """Whoever slips on the keys is told which run was meant."""
    (tmp_path / "steel_line").mkdir()
    (tmp_path / "steel_line/manifest.json").write_text("{}")

    with pytest.raises(RunProblem, match="Did you mean 'steel_line'"):
        open_run(tmp_path / "stel_line")


def test_verify_names_what_was_changed(tmp_path):
    """A file changed or gone after sealing is found by its hash."""
    run, _ = begin(tmp_path, "a", "one")
    for name in ("x.json", "y.json"):
        write_json(run / name, {})
    run.seal(run.manifest)
    (run / "x.json").write_text("[]")
    (run / "y.json").unlink()

    assert run.verify() == ["x.json", "y.json"]
