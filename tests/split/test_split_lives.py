"""Few machines with many lives: the lives are held apart."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from andon.api.check import check
from andon.errors import SettingProblem
from andon.plan import build, from_python
from andon.plan.settings import Split
from andon.records import read
from andon.records.lives.histories import as_lives
from andon.split import split

START = datetime(2024, 1, 1)


def presses(folder, units=2, lives=8, rows=10):
    """Readings per hour and a list of failures, one every `rows` hours."""
    hours = [START + timedelta(hours=h) for h in range(lives * rows)]
    made = [(f"P{u}", hour, float(i)) for u in range(units) for i, hour in enumerate(hours)]
    ends = [(f"P{u}", hours[rows * k - 1], "failure") for u in range(units) for k in range(1, lives)]
    frame = pl.DataFrame(made, schema=["unit", "time", "bar"], orient="row")
    pl.DataFrame(ends, schema=["unit", "time", "what"], orient="row").write_csv(folder / "ends.csv")
    frame.write_csv(folder / "rows.csv")
    return {"rows": {"path": str(folder / "rows.csv"), "unit": "unit", "time": "time"},
            "with": [{"path": str(folder / "ends.csv"), "on": "unit", "as_of": "time"}]}  # fmt: skip


def parts_of(data, **asked):
    """Records as lives, and their parts."""
    records = as_lives(read(build({}, from_python({"job": "remaining_life", "data": data}))))
    return records.frame.collect(), split(records, Split(**asked), task="regression", target="remaining_life")


@pytest.mark.parametrize("asked", [{}, {"by": "unit"}])
def test_lives_of_few_machines_are_held_apart(tmp_path, asked):
    """Two machines are too few for four parts, their sixteen lives are not; no life is cut."""
    rows, parts = parts_of(presses(tmp_path), **asked)

    assert parts.by == "life"
    assert "too few values" in parts.why
    assert min(parts.counts().values()) > 0
    seen = rows.with_columns(part=pl.Series(parts.codes)).group_by("unit", "life").agg(pl.col("part").n_unique())
    assert seen["part"].to_list() == [1] * 16
    assert len(np.unique(parts.groups)) == 16


def test_machines_that_are_enough_are_held_apart_whole(tmp_path):
    """Then the scores hold for new machines."""
    rows, parts = parts_of(presses(tmp_path, units=6))

    assert parts.by == "unit"
    assert (
        rows.with_columns(part=pl.Series(parts.codes)).group_by("unit").agg(pl.col("part").n_unique())["part"].to_list()
        == [1] * 6
    )


def test_too_few_lives_are_refused_and_still_checked(tmp_path):
    """A training is refused; a check tells all it found, and that no part can be held apart."""
    data = presses(tmp_path, units=1, lives=2)

    with pytest.raises(SettingProblem, match="part would be empty"):
        parts_of(data, by="unit")
    found = check(data["rows"]["path"], job="remaining_life", **{"data.with": data["with"]})
    assert "too_few_to_split" in [finding.code for finding in found.findings]


def some_ending(folder, ending):
    """Twelve presses of one life each; only the `ending` ones fail."""
    hours = [START + timedelta(hours=h) for h in range(10)]
    made = [(f"P{u:02}", hour, float(i)) for u in range(12) for i, hour in enumerate(hours)]
    ends = [(f"P{u:02}", hours[-1], "failure") for u in ending]
    pl.DataFrame(made, schema=["unit", "time", "bar"], orient="row").write_csv(folder / "rows.csv")
    pl.DataFrame(ends, schema=["unit", "time", "what"], orient="row").write_csv(folder / "ends.csv")
    return {"rows": {"path": str(folder / "rows.csv"), "unit": "unit", "time": "time"},
            "with": [{"path": str(folder / "ends.csv"), "on": "unit", "as_of": "time"}]}  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_every_part_gets_lives_that_are_seen_to_end(tmp_path, seed):
    """Five of twelve machines fail: whoever judges has at least one of them."""
    rows, parts = parts_of(some_ending(tmp_path, (1, 4, 5, 9, 10)), seed=seed)

    assert set(parts.codes[rows["life_ends"].to_numpy()].tolist()) == {0, 1, 2, 3}


def test_a_part_without_an_end_is_told(tmp_path):
    """Where ends are too few for all parts, the check names those that can teach or judge nothing."""
    data = some_ending(tmp_path, (4, 7))

    found = check(data["rows"]["path"], job="remaining_life", **{"data.with": data["with"]})

    assert [finding.what for finding in found.findings if finding.code == "no_end_in_part"]
