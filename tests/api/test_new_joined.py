"""What `andon new` writes for records that are put together from several sources."""

from __future__ import annotations

import numpy as np
import polars as pl

from andon.api.new import new


def test_what_the_laboratory_writes_beside_the_answer_is_no_input(tmp_path, monkeypatch):
    """Columns of the source that brings the target are left out with the reason, those of other sources stay in."""
    monkeypatch.chdir(tmp_path)
    rng, rows = np.random.default_rng(0), 200
    serial = [f"S{i:04d}" for i in range(rows)]
    heat = rng.normal(200, 5, rows).round(1)
    pl.DataFrame({"serial": serial, "heat": heat}).write_csv("process.csv")
    pl.DataFrame({"serial": serial, "force": rng.normal(9, 1, rows).round(2)}).write_csv("press.csv")
    verdict = np.where(heat + rng.normal(0, 3, rows) > 203, "NG", "OK")
    inspector = rng.choice(["Li", "Wang"], rows)
    pl.DataFrame({"serial": serial, "verdict": verdict, "inspector": inspector}).write_csv("lab.csv")
    sources = "data.with=[{path: lab.csv, on: serial}, {path: press.csv, on: serial}]"

    text = new("process_quality", "process.csv", [sources, "target=verdict"], out=tmp_path / "plan.yaml")

    assert "after: [inspector]  # inspector: 'inspector' comes from 'lab.csv', as the target 'verdict' does" in text
