"""A run learnt from process records and the laboratory's verdicts answers lots that no laboratory has seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import andon
from andon.errors import DataProblem


def test_new_rows_need_no_file_of_answers(tmp_path, monkeypatch):
    """At the line the file that brought the target is not there, and is not asked for; one that brought an input is."""
    monkeypatch.chdir(tmp_path)
    rng, rows = np.random.default_rng(0), 300
    serial = [f"S{i:04d}" for i in range(rows)]
    heat, force = rng.normal(200, 5, rows).round(1), rng.normal(9, 1, rows).round(2)
    verdict = np.where(heat + 3 * force + rng.normal(0, 3, rows) > 230, "NG", "OK")
    process = pl.DataFrame({"serial": serial, "heat": heat})
    process.write_csv("process.csv")
    pl.DataFrame({"serial": serial, "force": force}).write_csv("press.csv")
    pl.DataFrame({"serial": serial, "verdict": verdict, "by": rng.choice(["Li", "Wu"], rows)}).write_csv("lab.csv")
    run = andon.fit(
        "process_quality", "process.csv", quiet=True, target="verdict", epochs=1, threads=1, trees="off",
        learning_rate=1e-3, known={"after": ["by"]}, network={"members": 1},
        **{"data.with": [{"path": "./lab.csv", "on": "serial"}, {"path": "press.csv", "on": "serial"}]},
    )  # fmt: skip
    with_lab = andon.predict(run.folder, "process.csv")

    (tmp_path / "lab.csv").unlink()
    assert andon.predict(run.folder, "process.csv")["answer"].to_list() == with_lab["answer"].to_list()

    (tmp_path / "press.csv").unlink()
    with pytest.raises(DataProblem, match="press.csv"):
        andon.predict(run.folder, "process.csv")
