"""Waveforms in a cell, as Parquet holds them, beside ordinary columns: from check to answers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import andon
from andon.api.check import check
from andon.api.evaluate import evaluate

LENGTH, OFFSET = 256, 2000.0
"""Values of a waveform, and where its sensor's nought lies."""
QUICK = {"quiet": True, "threads": 1, "size": "tiny", "optimizer": "adamw", "learning_rate": 0.003, "trees": "off"}


def shakes(rows, seed=0, odd=()):
    """Parts whose vibration turns faster when they are worn; the cells of some rows are too short."""
    rng = np.random.default_rng(seed)
    worn, t = rng.integers(0, 2, rows), np.arange(LENGTH) / LENGTH
    wave = np.sin(2 * np.pi * (np.where(worn, 40, 17)[:, None] * t + rng.random((rows, 1)))) + OFFSET
    wave += rng.normal(0, 0.3, wave.shape)
    cells = [list(map(float, row[: LENGTH - 9 if place in odd else LENGTH])) for place, row in enumerate(wave)]
    return pl.DataFrame({
        "speed": rng.normal(900, 9, rows), "machine": rng.choice(["a", "b"], rows), "vibration": cells,
        "state": np.where(worn, "worn", "good"),
    })  # fmt: skip


def lives(units, seed=0):
    """Bearings that shake the more the nearer their end is; nothing else tells it."""
    rng, frames, t = np.random.default_rng(seed), [], np.arange(LENGTH) / LENGTH
    for unit in range(units):
        rows = int(rng.integers(30, 110))
        size = np.exp(-np.arange(rows)[::-1] / 12)[:, None]
        wave = size * np.sin(2 * np.pi * (40 * t + rng.random((rows, 1)))) + rng.normal(0, 0.3, (rows, LENGTH))
        frames.append(pl.DataFrame({
            "bearing": f"B{seed}-{unit:02d}", "cycle": np.arange(rows), "heat": rng.normal(40, 1, rows),
            "vibration": wave.tolist(),
        }))  # fmt: skip
    return pl.concat(frames)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A run of `classify` that learnt from a Parquet file with two odd cells."""
    folder = tmp_path_factory.mktemp("shakes")
    shakes(500, odd=(5, 17)).write_parquet(folder / "parts.parquet")
    return andon.fit("classify", folder / "parts.parquet", runs=folder / "runs", target="state", epochs=12, **QUICK)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A run of `remaining_life`."""
    return andon.fit(
        "remaining_life", lives(16), runs=tmp_path_factory.mktemp("lives"), epochs=4, accept=["*"], unit="bearing",
        time="cycle", series={"lookback": 24, "first": 6, "cap": 40}, network={"family": "history"}, **QUICK | {"trees": "auto"},
    )  # fmt: skip


def test_cells_of_another_length_are_named():
    """The check says which rows, how long they are and how long they should be."""
    found = check(shakes(300, odd=(5, 17)), **{"target": "state", "job": "classify"}).findings

    (odd,) = [f for f in found if f.code == "odd_length"]
    assert odd.column == "vibration"
    assert f"2 cells hold another number of values than {LENGTH}" in odd.what
    assert f"5: {LENGTH - 9}, 17: {LENGTH - 9} (row: values, counted from 0)" in odd.what


def test_waveforms_of_any_length_are_told_and_left_out():
    """Without a usual length nothing can be learnt from them, and the check says so."""
    frame = shakes(300).with_columns(pl.col("vibration").list.head(pl.int_range(pl.len()) % 90 + 20))

    found = check(frame, **{"target": "state", "job": "classify"}).findings

    assert any("its cells hold from 20 to 109 values" in f.what for f in found)


def test_classes_are_learnt_from_waveforms(judged):
    """Whatever the sensor's nought is; the file that ships answers as the network does, and odd rows say why not."""
    new = shakes(200, seed=1, odd=range(3, 200))  # nearly all are odd: the length is that of training

    found = andon.predict(judged, new)
    good = andon.predict(judged, shakes(200, seed=1))

    assert judged.metrics["accuracy"]["value"] > 0.95
    assert (good["answer"] == shakes(200, seed=1)["state"]).mean() > 0.95
    assert found["answer"][:3].to_list() == good["answer"][:3].to_list()
    assert found["problem"].null_count() == 3
    assert found["problem"][3] == f"column 'vibration': its size is not {LENGTH}"


def test_life_left_is_learnt_from_waveforms(lived):
    """Figures of each waveform are followed over time; the age alone tells far less."""
    rmse = lived.metrics["rmse"]

    assert rmse["value"] < 0.6 * rmse["weibull"]
    assert evaluate(lived.folder, lives(6, seed=2))["metrics"]["rmse"]["value"] < rmse["weibull"]


def test_a_stream_of_waveforms_answers_as_the_table(lived):
    """A row at a time, given as plain lists; what is odd in one row is no reading to the next."""
    table = lives(2, seed=3)
    rows = table.to_dicts()
    rows[7]["vibration"] = rows[7]["vibration"][:-1]
    model = andon.load(lived.folder)

    whole = model.predict(pl.DataFrame(rows))
    stream = model.stream()
    alone = [stream.predict(row) for row in rows]

    assert alone[7]["problem"].startswith("column 'vibration'")
    assert whole["problem"].is_not_null().arg_true().to_list() == [7]
    told = [row["answer"] for place, row in enumerate(alone) if place != 7]
    assert told == pytest.approx(whole["answer"].drop_nulls().to_list(), abs=1e-6)
