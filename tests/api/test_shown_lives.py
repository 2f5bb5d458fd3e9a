"""The lives that travel with a run: few, short, and as the network sees them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from andon.api.finish import write_answers
from andon.api.fit import ready, scaling_of
from andon.api.plans import resolve
from andon.api.shown.lives import BINS, POINTS, SENSORS, WORST, measure, places, watched, write_lives
from andon.evaluation.test import Tested as Judged
from andon.explain.permutation import Driver
from andon.run.files import write_json
from andon.run.folder import Run


def readings(units=16, seed=0):
    """Units that wear: `wear` rises to the end, `speed_setpoint` jumps between two regimes, `hum` says nothing."""
    rng = np.random.default_rng(seed)
    frames = []
    for unit in range(units):
        rows = int(rng.integers(60, 320))
        regime = rng.integers(0, 2, rows)
        left = np.arange(rows)[::-1]
        frames.append(pl.DataFrame({
            "unit": f"U{unit:02d}", "cycle": np.arange(rows), "speed_setpoint": 100.0 + 50 * regime,
            "wear": 40 * np.exp(-left / 30) + 200 * regime + rng.normal(0, 2, rows), "hum": rng.normal(0, 1, rows),
        }))  # fmt: skip
    return pl.concat(frames)


@pytest.fixture(scope="module")
def prepared():
    """Such records, ready for training."""
    return ready(resolve("remaining_life", ["accept=['*']", "series={cap: 100, lookback: 40}"]), readings())


@pytest.fixture
def run(prepared, tmp_path):
    """A run folder that knows its scaling."""
    (tmp_path / "state").mkdir()
    write_json(tmp_path / "state/scaling.json", scaling_of(prepared))
    return Run(tmp_path)


def judged(prepared):
    """The test part, answered well but for its first life."""
    rows = prepared.parts.rows("test")
    truth = np.minimum(prepared.raw[rows], 100)
    life = places(prepared, rows)["life"].to_numpy()
    answer = np.clip(truth + 1 + life + 30 * (life == 0), 0, 100)
    return Judged(rows, answer[:, None], {"answer": answer}, {})


def driver(column, importance):
    """A driver that is sure."""
    return Driver(column=column, importance=importance, low=importance, high=importance, stable=True)


def test_the_worst_lives_are_kept_with_their_drivers_and_what_is_usual(prepared, run):
    """The life missed by most comes first, the best stands beside it, the strongest drivers that are sensors are shown."""
    answers = judged(prepared)

    write_lives(run, prepared, answers, [driver("wear", 2.0), driver("age", 1.5), driver("hum", 0.1)])

    found = pl.read_ipc(run / "lives.arrow")
    assert found["sensor"].unique(maintain_order=True).to_list() == ["wear", "hum"]
    worst = found.filter(pl.col("role") == "worst")
    assert worst["life"].unique(maintain_order=True).to_list()[0] == 0
    assert worst["life"].n_unique() == WORST
    assert found.filter(pl.col("role") == "best")["life"].n_unique() == 1
    assert found.height <= (WORST + 1) * SENSORS * POINTS + SENSORS * BINS
    usual = found.filter((pl.col("role") == "usual") & (pl.col("sensor") == "wear")).sort("left")
    assert (usual["low"] <= usual["value"]).all()
    assert (usual["value"] <= usual["high"]).all()
    assert usual["value"][0] > usual["value"][-1] + 1


def test_readings_are_smoothed_and_freed_of_their_regime(prepared, run):
    """A jump of the regime of a hundred spreads leaves no trace in what is shown."""
    write_lives(run, prepared, judged(prepared), [driver("wear", 1.0)])

    found = pl.read_ipc(run / "lives.arrow").filter((pl.col("role") == "worst") & (pl.col("left") > 40))
    steps = found.group_by("life").agg(pl.col("value").diff().abs().max())["value"]
    assert steps.max() < 0.6


def test_without_drivers_some_sensors_are_shown_and_without_histories_nothing(prepared, run, tmp_path):
    """A run whose drivers are none tells of its first sensors; a table of single rows has no lives."""
    write_lives(run, prepared, judged(prepared), [])
    nothing = Judged(np.empty(0, np.int64), np.empty((0, 1)), {"answer": np.empty(0)}, {})
    (tmp_path / "other").mkdir()
    write_lives(Run(tmp_path / "other"), prepared, nothing, [])

    assert pl.read_ipc(run / "lives.arrow")["sensor"].unique(maintain_order=True).to_list() == ["wear", "hum"]
    assert not (tmp_path / "other/lives.arrow").exists()


def test_answers_say_whose_and_when(prepared, run):
    """Each answer has its unit and time as they were read, and the number of its life."""

    class Loaded:
        """What of a model is asked."""

        task, state = prepared.task, prepared.state

    answers = judged(prepared)
    write_answers(run, prepared, answers, Loaded())

    found = pl.read_parquet(run / "answers.parquet")
    assert found.columns[:2] == ["row", "truth"]
    raw = readings()[found["row"].to_list()]
    assert found["unit"].to_list() == raw["unit"].to_list()
    assert found["time"].to_list() == raw["cycle"].to_list()
    assert found["life"].n_unique() == found["unit"].n_unique()


def test_lives_are_counted_by_the_column_of_time(prepared):
    """A page can say what its numbers are: cycles here, hours where time has dates."""
    dated = (
        readings(6).with_columns(pl.datetime(2026, 1, 1) + pl.duration(hours=pl.col("cycle"))).rename({"cycle": "at"})
    )
    hours = ready(resolve("remaining_life", ["accept=['*']", "series={cap: 100, lookback: 40}"]), dated)

    assert measure(prepared) == {"time": "cycle"}
    assert measure(hours) == {"unit": "h"}


def test_lives_of_training_are_known_beside_the_judged_ones(prepared):
    """As many lengths as there are lives in training, none of them of the test part."""
    answers = judged(prepared)

    found = watched(prepared, answers)

    units = {readings()["unit"][int(row)] for row in prepared.parts.rows("train")}
    assert len(found.lengths) == len(units)
    assert len(found.truth) == len(answers.rows)
    assert np.array_equal(found.left, found.truth)  # counted from the rows: as they were


def test_lives_are_as_long_as_they_were_where_their_column_is_clipped():
    """A life left of at most 50, as in C-MAPSS, says nothing of how long lives are; the time does."""
    full = pl.col("cycle").max().over("unit") - pl.col("cycle")
    told = ["accept=['*']", "series={cap: 100, lookback: 40}", "target=rul"]
    clipped = ready(resolve("remaining_life", told), readings().with_columns(rul=pl.min_horizontal(full, 50)))
    rows = clipped.parts.rows("test")

    found = watched(clipped, Judged(rows, np.zeros((len(rows), 1)), {}, {}))

    assert found.truth.max() == 50
    assert np.array_equal(found.left, readings().select(full).to_series().to_numpy()[rows])
    learnt = readings()[clipped.parts.rows("train")].group_by("unit").len("rows")["rows"]
    assert sorted(found.lengths) == sorted(learnt - 1)
