"""Rows of units in their order of time, lives cut by events, and the life left of each row."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from andon.errors import DataProblem, SettingProblem
from andon.plan import build, from_python
from andon.records import read
from andon.records.lives.events import kind_of
from andon.records.lives.histories import in_order, open_ended, together, with_lives, with_target

START = datetime(2024, 1, 1)


def plan(**more):
    """A plan of the job with these settings."""
    return build({}, from_python({"job": "remaining_life", **more}))


def rows(count=6, units=("a", "b")):
    """A row per unit and hour, with one sensor."""
    return pl.DataFrame(
        {
            "unit": [u for u in units for _ in range(count)],
            "time": [START + timedelta(hours=h) for _ in units for h in range(count)],
            "heat": np.arange(count * len(units), dtype=float),
        }
    )


def told(frame, events=None, tmp_path=None):
    """Records in order, with lives and target."""
    more = {"data": {"rows": {"unit": "unit", "time": "time"}}}
    if events is not None:
        events.write_csv(tmp_path / "events.csv")
        more["data"]["with"] = [{"path": str(tmp_path / "events.csv"), "on": "unit", "as_of": "time"}]
    return with_target(with_lives(in_order(read(plan(**more), frame))))


def happened(*entries):
    """A list of events: unit, hour, word."""
    return pl.DataFrame(
        {"unit": [e[0] for e in entries], "time": [START + timedelta(hours=e[1]) for e in entries],
         "what": [e[2] for e in entries]}
    )  # fmt: skip


def test_rows_come_unit_after_unit_and_in_time():
    """Whatever order they are read in, and with a note for what was left out."""
    frame = rows()
    mixed = pl.concat([frame, frame[:1]]).sample(fraction=1.0, shuffle=True, seed=1)
    lost = mixed.with_columns(pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise("time").alias("time"))

    found = in_order(read(plan(data={"rows": {"unit": "unit", "time": "time"}}), lost))

    got = found.frame.collect()
    assert got["unit"].to_list() == sorted(got["unit"].to_list())
    assert (got.select(pl.col("time").diff().over("unit").drop_nulls() > timedelta(0)).to_series()).all()
    assert {note.code for note in found.notes} >= {"history_row_lost"}


def test_a_repeated_moment_counts_once():
    """The first of two rows of one unit and time stays, and a note says so."""
    frame = pl.concat([rows(), rows()[:2].with_columns(heat=pl.lit(99.0))])

    found = in_order(read(plan(data={"rows": {"unit": "unit", "time": "time"}}), frame))

    assert found.frame.collect()["heat"].max() < 99
    assert any(note.code == "history_row_repeated" and "2 rows" in note.text for note in found.notes)


def test_where_moments_have_several_rows_all_count():
    """Several readings of a flight have but its number as their time: they follow each other as they stand, copies of
    a row count once, and a note says so."""
    flights = pl.concat([rows().with_columns(pl.col("heat") + step) for step in (0.0, 0.1, 0.2)])
    records = read(plan(data={"rows": {"unit": "unit", "time": "time"}}), pl.concat([flights, flights[:4]]))

    found = in_order(records)

    got = found.frame.collect()
    assert len(got) == 3 * len(rows())
    assert (
        got.group_by("unit", "time", maintain_order=True)
        .agg(pl.col("heat").diff().drop_nulls().min() > 0)["heat"]
        .all()
    )
    assert any(note.code == "history_rows_together" for note in found.notes)
    assert together(found)
    assert not together(in_order(read(plan(data={"rows": {"unit": "unit", "time": "time"}}), rows())))


def test_where_moments_have_several_waveforms_all_count():
    """Waveforms tell rows of one moment apart as numbers do; a copy of one still counts once."""
    waves = np.random.default_rng(0).normal(size=(36, 16))
    cycles = pl.concat([rows().drop("heat")] * 3).with_columns(wave=pl.Series(waves, dtype=pl.Array(pl.Float64, 16)))
    records = read(plan(data={"rows": {"unit": "unit", "time": "time"}}), pl.concat([cycles, cycles[:4]]))

    found = in_order(records)

    got = found.frame.collect()
    assert got.columns == cycles.columns
    assert len(got) == len(cycles)
    assert any(note.code == "history_row_repeated" and "4 rows" in note.text for note in found.notes)
    assert any(note.code == "history_rows_together" for note in found.notes)


def test_without_a_unit_or_a_time_there_is_no_history():
    """A sentence says which setting is missing."""
    with pytest.raises(SettingProblem, match="no column is known to say the machine"):
        in_order(read(plan(), rows().drop("unit")))


def test_life_left_is_counted_down_in_hours():
    """A unit without events is one life that ends with its last row."""
    found = told(rows(4))

    assert found.the("target") == "remaining_life"
    assert found.frame.collect()["remaining_life"].to_list() == [3.0, 2.0, 1.0, 0.0] * 2
    assert open_ended(found) is None


def test_events_cut_a_unit_into_lives(tmp_path):
    """A failure ends a life, rows until the repair belong to none, a preventive change ends one that is not over."""
    events = happened(
        ("a", 2, "failure"), ("a", 4, "repair done"), ("b", 3, "preventive change"), ("b", 4, "planned stop")
    )

    found = told(rows(7), events, tmp_path)

    got = found.frame.collect()
    a, b = got.filter(pl.col("unit") == "a"), got.filter(pl.col("unit") == "b")
    assert a["life"].to_list() == [0, 0, 0, 2, 2]
    assert a["remaining_life"].to_list() == [2, 1, 0, 1, 0]
    assert b["life"].to_list() == [0, 0, 0, 0, 1, 1, 1]
    assert b["remaining_life"].to_list() == [3, 2, 1, 0, 2, 1, 0]
    ended = open_ended(found)
    assert ended is not None
    assert ended.tolist() == [False] * 3 + [True] * 9


def test_rows_of_no_life_are_told(tmp_path):
    """What lies between a failure and its repair is left out, and a note says how much that is."""
    found = told(rows(7), happened(("a", 2, "failure"), ("a", 4, "repair done")), tmp_path)

    assert [note.text.split()[0] for note in found.notes if note.code == "history_row_down"] == ["2"]
    assert found.frame.collect().height == 12


def test_a_word_that_says_nothing_is_named(tmp_path):
    """One strange entry among events is a sentence, not a guess."""
    events = happened(*[("a", h, "failure") for h in range(1, 3)], *[("b", h, f"repair {h}") for h in range(1, 20)],
                      ("a", 5, "lunch"))  # fmt: skip

    with pytest.raises(DataProblem, match="'lunch' says not what happened"):
        told(rows(24), events, tmp_path)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Failure", "failure"), ("故障停机", "failure"), ("计划停机", "stop"), ("planned stop", "stop"), ("保养", "preventive"),
     ("tool change", "preventive"), ("Repair: done", "repair"), ("故障修复", "repair"), ("fault cleared", "repair"),
     ("breakdown repaired", "repair"), ("lunch", None), ("default", None)],
)  # fmt: skip
def test_people_write_events_in_many_words(word, kind):
    """English and Chinese words mean one of four things, or nothing."""
    assert kind_of(word) == kind
