"""Categories by what they stand for: the trees' order goes into the file that ships."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import andon
from andon.api.rivals import blend
from andon.run.files import read_json

MACHINES = [f"M{number:02}" for number in range(12)]


def made(rows, seed):
    """Strength by machine, in no order of their names, and a little by heat."""
    rng = np.random.default_rng(seed)
    machine = rng.integers(0, 12, rows)
    level = np.random.default_rng(4).permutation(12)[machine]
    heat = rng.normal(size=rows)
    strength = level + heat + rng.normal(0, 0.2, rows)
    grade = np.array(["a", "b", "c"])[np.digitize(strength, [3, 8])]
    names = np.array(MACHINES, dtype=object)[machine]
    names[rng.uniform(size=rows) < 0.02] = None
    return pl.DataFrame({"machine": names, "heat": heat, "strength": strength, "grade": grade})


@pytest.mark.parametrize(
    ("job", "target", "other"), [("regress", "strength", "grade"), ("classify", "grade", "strength")]
)
def test_ranks_of_categories_pass_the_gate(job, target, other, tmp_path, monkeypatch):
    """Raw rows with gaps and machines never seen are answered by the file as by the trees."""
    monkeypatch.setattr(blend, "ways_of", lambda names: [{"network": 0.0, "trees": 1.0}])

    run = andon.fit(
        job, made(1200, 0).drop(other), runs=tmp_path, quiet=True, target=target, epochs=1, threads=1, accept=["*"],
        network={"members": 2}, learning_rate=1e-3,
    )  # fmt: skip
    gate = read_json(run / "parity.json")
    graph = (run / "model.onnx").read_bytes()
    asked = pl.concat([made(60, 1), made(3, 2).with_columns(machine=pl.lit("M99"))]).drop("strength", "grade")

    assert (gate["flips"], gate["one_row_equal"]) == (0, True)
    assert gate["largest"] < 1e-5
    assert b"code_ranks" in graph
    answers = andon.predict(run.folder, asked)
    one_by_one = pl.concat([andon.predict(run.folder, asked[i : i + 1]) for i in range(len(asked))])
    assert answers["answer"].to_list() == one_by_one["answer"].to_list()
    if job == "regress":
        assert 2 < answers["answer"][-3:].mean() < 9  # a machine never seen: neither the best nor the worst
