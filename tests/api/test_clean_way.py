"""Cleaning on the whole way: fitted in order, remembered from block to block, alike for tables, files and single rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import andon
from andon.api.fit import ready, scaling_of
from andon.api.plans import resolve
from andon.encode import schema
from andon.errors import DataProblem

REMEMBERING = [{"noise": "exponential", "columns": ["heat"]}, {"missing": "previous"}]


def line(rows: int = 400, machines: int = 4) -> pl.DataFrame:
    """Machines taking turns, with gaps in a sensor and a target that follows from it."""
    draw = np.random.default_rng(0)
    heat = draw.normal(180, 5, rows).round(3)
    force = draw.normal(20, 2, rows).round(3)
    frame = pl.DataFrame({
        "machine": [f"m{i % machines}" for i in range(rows)], "cycle": np.arange(rows) // machines,
        "heat": heat, "force": force, "strength": heat / 10 + force + draw.normal(0, 0.1, rows),
    })  # fmt: skip
    return frame.with_columns(force=pl.when(pl.int_range(pl.len()) % 7 == 3).then(None).otherwise("force"))


def settings(clean: object) -> dict[str, object]:
    return {"target": "strength", "clean": clean, "network": [{"dense": 4}, {"dense": 1}], "optimizer": "adam", "epochs": 2,
            "threads": 1, "data.rows.unit": "machine", "data.rows.time": "cycle"}  # fmt: skip


def test_steps_that_remember_give_the_same_to_tables_blocks_and_single_rows(tmp_path, monkeypatch):
    """A fit passes its own gate; a file asked in blocks and rows asked as a stream get the table's answers."""
    run = andon.fit("regress", line(), runs=tmp_path, quiet=True, **settings(REMEMBERING))
    model = andon.load(run, threads=1)
    fresh = line(90).drop("strength")
    fresh.write_parquet(tmp_path / "new.parquet")
    whole = model.predict(fresh)["answer"].to_numpy()

    monkeypatch.setattr(schema, "BLOCK_ROWS", 16)
    in_blocks = andon.predict(run, tmp_path / "new.parquet")["answer"].to_numpy()
    stream = model.stream()
    one_by_one = np.array([stream.predict(row)["answer"] for row in fresh.iter_rows(named=True)])

    np.testing.assert_array_equal(in_blocks, whole)
    np.testing.assert_allclose(one_by_one, whole, rtol=1e-6)
    assert not np.allclose([model.predict(row)["answer"] for row in fresh.iter_rows(named=True)], whole, rtol=1e-6)


def test_what_looks_ahead_is_shipped_too(tmp_path):
    """`missing: linear` cannot answer single rows alike, and the gate does not ask for it."""
    run = andon.fit("regress", line(), runs=tmp_path, quiet=True, **settings([{"missing": "linear"}]))

    assert run.metrics["rmse"]["value"] > 0


def test_a_step_is_fitted_on_what_the_steps_before_it_leave(tmp_path):
    """A code for a broken sensor that is clipped away bends neither the fill nor the scaling after it."""
    path = tmp_path / "line.csv"
    broken = pl.when(pl.int_range(pl.len()) % 3 == 0).then(65535.0).otherwise("force")
    line().with_columns(force=broken).write_csv(path)
    clean = "clean=[{clip: {range: [10, 30], columns: [force]}}, {missing: median}]"

    found = ready(resolve("regress", [str(path), "target=strength", "scale=zscore", clean]))
    scaled = scaling_of(found)["numbers"]
    place = found.encoding.numbers.index("force")

    assert found.summary.numbers["force"].high <= 30
    assert found.summary.numbers["force"].missing == 0
    assert abs(scaled["center"][place]) < 31


def test_rows_out_of_time_order_are_refused_where_steps_remember(tmp_path):
    """Newest first would let a step look into the future."""
    path = tmp_path / "line.csv"
    line().reverse().write_csv(path)

    with pytest.raises(DataProblem, match="step back in time"):
        ready(resolve("regress", [str(path)], settings(REMEMBERING)))
