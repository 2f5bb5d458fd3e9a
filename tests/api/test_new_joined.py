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


def test_rows_of_one_verdict_are_kept_together(tmp_path, monkeypatch):
    """A verdict per run onto its readings: the plan names the run as the group, splits by it and says why; the run is
    neither an input nor known only afterwards."""
    monkeypatch.chdir(tmp_path)
    rng, runs = np.random.default_rng(0), 20
    run = np.repeat(np.arange(runs), 30)
    pl.DataFrame(
        {"run": run, "force": (rng.normal(9, 1, runs)[run] + rng.normal(0, 0.1, len(run))).round(3)}
    ).write_csv("r.csv")
    pl.DataFrame({"run": range(runs), "verdict": ["OK", "NG"] * (runs // 2)}).write_csv("lab.csv")

    text = new("classify", "r.csv", ["data.with=[{path: lab.csv, on: run}]", "target=verdict"], out=tmp_path / "p.yaml")

    assert "group: run  # numbers; group: rows of one value have their 'verdict' from one row of lab.csv" in text
    assert "by: group  # By group: all rows of one 'run' are in one part" in text
    assert "\n  after: [" not in text


def test_a_column_that_may_have_been_labelled_whole_says_so_in_the_plan(tmp_path, monkeypatch):
    """Under a name that does not tell, it is left out, and its reason says what to do if it is one."""
    monkeypatch.chdir(tmp_path)
    rng, rig = np.random.default_rng(0), np.repeat(np.arange(20), 30)
    force = rng.normal(9, 1, len(rig)).round(3)
    pl.DataFrame({"rig": rig, "force": force, "verdict": np.where(rig % 2, "NG", "OK")}).write_csv("r.csv")

    text = new("classify", "r.csv", ["target=verdict"], out=tmp_path / "p.yaml")

    assert "after: [rig]" in text
    assert "keep its rows together: data.rows.group='rig'" in text
