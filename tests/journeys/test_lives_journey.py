"""From readings and a list of failures to answers, as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from andon.simulate import histories

ANDON = Path(sys.executable).parent / "andon"


def andon(folder, *words):
    """One command in a folder."""
    done = subprocess.run([ANDON, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_plan_is_written_run_and_asked(tmp_path):
    """`new` writes a plan that `fit` reads, with events as one more source; the run answers rows by their own past."""
    made = histories(14, seed=3, rows=200, life_h=12.0)
    made.frame.write_csv(tmp_path / "presses.csv")
    made.events.write_csv(tmp_path / "events.csv")

    andon(tmp_path, "new", "remaining_life", "presses.csv", "data.with=[{path: events.csv, on: unit, as_of: time}]")
    plan = (tmp_path / "plan.yaml").read_text()
    assert "\n  cap: " in plan
    quick = ["epochs=1", "size=tiny", "trees=off", "optimizer=adamw", "learning_rate=0.003", "accept=['*']"]
    andon(tmp_path, "fit", "plan.yaml", *quick, "--quiet")
    andon(tmp_path, "predict", "runs/remaining_life", "presses.csv", "--out", "answers.csv")

    answers = pl.read_csv(tmp_path / "answers.csv")
    assert answers.height == made.frame.height
    assert answers["answer"].null_count() < 0.2 * answers.height
    few = made.frame.filter(unit=made.frame["unit"][0]).head(3)  # nothing here tells that these are histories
    few.write_csv(tmp_path / "few.csv")
    andon(tmp_path, "predict", "runs/remaining_life", "few.csv", "--out", "few.answers.csv")
    assert pl.read_csv(tmp_path / "few.answers.csv")["answer"].to_list() == pytest.approx(
        answers["answer"][:3].to_list()
    )
    judged = json.loads(andon(tmp_path, "evaluate", "runs/remaining_life", "presses.csv", "--json"))
    assert judged["metrics"]["rmse"]["value"] > 0  # life left is counted there as it was for training
    assert judged["unknown"] > 0  # lives that are not over
    run = json.loads((tmp_path / "runs/remaining_life/manifest.json").read_text())
    assert run["parts"]["test"] > 0
