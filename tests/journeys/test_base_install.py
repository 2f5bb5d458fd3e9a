"""The base install, without PyTorch and what comes with it: looks at records, writes plans, says what it lacks."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

BLOCKED = """
import json, sys
from importlib.abc import MetaPathFinder
from andon.api.doctor import TRAINING

class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in TRAINING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from andon.cli import main

codes = []
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as done:
        codes.append(done.code)
print(json.dumps(codes))
"""


@pytest.fixture
def lots(tmp_path):
    """A table of lots beside which to work."""
    rng = np.random.default_rng(0)
    speed = rng.normal(60, 5, 200)
    quality = np.where(speed + rng.normal(0, 2, 200) > 66, "nok", "ok")
    pl.DataFrame({"speed": speed, "pressure": rng.normal(5, 1, 200), "quality": quality}).write_csv(
        tmp_path / "lots.csv"
    )
    return tmp_path


def told(folder, *commands: list[str]) -> tuple[list[int], str]:
    """Exit codes of commands without the training extra, and what they said of errors."""
    words = [sys.executable, "-c", BLOCKED, json.dumps(commands)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_checks_and_plans_need_no_torch(lots):
    """`check` judges records and the parts they would be split into, `new` writes a plan with all its reasons."""
    codes, _ = told(lots, ["check", "lots.csv"], ["new", "process_quality", "lots.csv"], ["jobs"], ["doctor"])

    assert codes[:3] == [0, 0, 0]
    assert (lots / "findings/findings.html").exists()
    assert "members: 5  # the mean of several is steadier" in (lots / "plan.yaml").read_text("utf-8")


def test_what_trains_says_what_to_install(lots):
    """A sentence and exit code 2, no traceback and nothing left behind."""
    codes, said = told(lots, ["fit", "process_quality", "lots.csv"], ["size", "process_quality", "lots.csv"])

    assert codes == [2, 2]
    assert "pip install 'andon[train]'" in said
    assert [path.name for path in lots.iterdir()] == ["lots.csv"]
