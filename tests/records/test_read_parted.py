"""Training and test records that both number their units from 1, and parts whose units may have been cut short."""

import polars as pl
import pytest

from andon.plan import build, from_python
from andon.records import read
from andon.records.lives.histories import as_lives

UNITS, CYCLES = 4, 12


def engines(seed, part=None, *, cycles=CYCLES, first=1, rows=1):
    """Engines numbered from 1, some readings a cycle, of a part."""
    frame = pl.DataFrame(
        {
            "unit": [u + 1 for u in range(UNITS) for _ in range(cycles * rows)],
            "cycle": [first + c for _ in range(UNITS) for c in range(cycles) for _ in range(rows)],
            "heat": [0.37 * c + seed for c in range(UNITS * cycles * rows)],
        }
    )
    return frame if part is None else frame.with_columns(set=pl.lit(part))


def records(frame=None, path="", answering=False, **more):
    """Records of the job about lives."""
    plan = build({}, from_python({"job": "remaining_life", "data": {"rows": {"path": str(path)}}, **more}))
    return read(plan, frame, answering=answering)


def units(found):
    """Names of the units, in the order of their rows."""
    return found.frame.select(pl.col(found.the("unit")).unique(maintain_order=True)).collect().to_series().to_list()


def codes(found):
    """Codes of the notes."""
    return [note.code for note in found.notes]


@pytest.mark.parametrize("name", ["{}.csv", "{}_FD001.csv"])
def test_files_of_parts_that_both_number_from_one_hold_different_machines(tmp_path, name):
    """Histories of the two never run into each other, each life ends with its own last row, and a note says so."""
    engines(0.0).write_csv(tmp_path / name.format("train"))
    engines(0.5, cycles=7).write_csv(tmp_path / name.format("test"))

    found = records(path=tmp_path)

    assert set(units(found)) == {f"{part}/{u}" for part in ("train", "test") for u in (1, 2, 3, 4)}
    told = next(note for note in found.notes if note.code == "units_by_part")
    assert told.text.startswith("units 1, 2, 3 … of 'test', 'train' are different machines")
    lived = as_lives(found)
    assert lived.frame.filter(pl.col("cycle") == 1).select("unit", "remaining_life").collect().rows() == [
        (f"{part}/{u}", left) for part, left in (("test", 6.0), ("train", 11.0)) for u in (1, 2, 3, 4)
    ]
    assert "history_rows_together" not in codes(lived)


def test_files_of_single_machines_are_units_whatever_part_they_name(tmp_path):
    """Several files that begin alike are no parts: each is a machine, where no column says more."""
    for name in ("train_1", "train_2", "test_1", "test_2"):
        engines(0.0).filter(unit=1).drop("unit").write_csv(tmp_path / f"{name}.csv")

    found = records(path=tmp_path)

    assert units(found) == ["test_1", "test_2", "train_1", "train_2"]
    assert found.the("part") is None


def test_rows_to_answer_keep_the_names_that_they_bring():
    """Whoever asks gets the answers under the names of the rows."""
    both = pl.concat([engines(0.0, "train"), engines(0.5, "test")])

    assert units(records(both, answering=True)) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "later",
    [
        engines(0.5, "test", first=1 + CYCLES),
        engines(0.5, "test", first=CYCLES),
        pl.concat([engines(0.0, "test"), engines(0.5, "test", first=1 + CYCLES)]),
        engines(0.5, "test").with_columns(pl.col("unit") + UNITS),
    ],
    ids=["goes on", "goes on from the same moment", "brings its history along", "other units"],
)
def test_units_that_go_on_in_another_part_stay_one(later):
    """A machine that is tested on what came later has one history; a repeated moment or copied rows change nothing."""
    found = records(pl.concat([engines(0.0, "train"), later]))

    assert set(units(found)) == set(map(str, later["unit"].unique())) | {"1", "2", "3", "4"}
    assert "units_by_part" not in codes(found)


def test_readings_of_one_moment_dealt_to_parts_are_no_other_machines():
    """Where a moment has several rows, those of another part are no sign: such a split is a leak and must be told."""
    dealt = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("test")).otherwise(pl.lit("train"))

    found = records(engines(0.0, rows=5).with_columns(set=dealt))

    assert units(found) == ["1", "2", "3", "4"]


def test_events_of_rows_stay_with_the_machine_of_their_part():
    """A failure that a training file tells of ends no life of the test file's machine of the same number."""
    failed = pl.when(pl.col("cycle") == CYCLES).then(pl.lit("failure"))
    train, test = engines(0.0, "train").with_columns(event=failed), engines(0.5, "test", cycles=7)

    found = as_lives(records(pl.concat([train, test.with_columns(event=pl.lit(None, pl.String))])))

    ends = found.frame.group_by("unit").agg(pl.col("life_ends").all()).collect()
    assert dict(ends.rows()) == {f"{part}/{u}": part == "train" for part in ("train", "test") for u in (1, 2, 3, 4)}


def test_units_of_a_part_that_judges_are_told_to_be_counted_to_their_last_row():
    """They are right only where each ran until it failed; a column of the life left or a list of events needs no word,
    nor do parts that are none (folds)."""
    later = engines(0.5, "test", cycles=7).with_columns(pl.col("unit") + UNITS)
    both = pl.concat([engines(0.0, "train"), later])

    told = [note for note in as_lives(records(both)).notes if note.code == "counted_in_part"]

    assert [note.level for note in told] == ["warning"]
    assert told[0].text.startswith("4 units of 'test' are counted to their last row")
    known = both.with_columns(rul=20 - pl.col("cycle"))
    assert "counted_in_part" not in codes(as_lives(records(known, target="rul")))
    folds = both.with_columns(set=pl.when(pl.col("set") == "test").then(1).otherwise(0))
    assert "counted_in_part" not in codes(as_lives(records(folds, **{"data": {"rows": {"part": "set"}}})))
    assert "counted_in_part" not in codes(as_lives(records(engines(0.0))))
