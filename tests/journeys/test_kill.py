"""`kill -9` at any moment of a whole `andon fit`, and the same command goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import lots

from andon.run.files import sha256

COMMAND = [Path(sys.executable).parent / "andon", "fit", "process_quality", "lots.csv", "target=quality", "epochs=12",
           "threads=1", "checkpoint_seconds=0.2", "known.ignore=[strength]"]  # fmt: skip


def start(folder: Path) -> subprocess.Popen:
    """The command in a folder, quiet."""
    return subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_fit_that_is_killed_anywhere_ends_in_the_same_bits(tmp_path):
    """Killed five times at random moments, reading to report: weights and exported graph are equal to the bit, and one
    whole run is there."""
    whole, often = tmp_path / "whole", tmp_path / "often"
    for folder in (whole, often):
        folder.mkdir()
        lots(600).write_csv(folder / "lots.csv")
    began = time.monotonic()
    assert start(whole).wait() == 0
    lasts = time.monotonic() - began
    draw = random.Random(0)

    for _ in range(5):
        process = start(often)
        try:
            process.wait(timeout=draw.uniform(0.15, 1.0) * lasts)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        else:
            break  # it came to its end in spite of us
    else:
        assert start(often).wait() == 0

    for name in ("weights.safetensors", "model.onnx", "state/decide.json"):
        assert sha256(whole / "runs/process_quality" / name) == sha256(often / "runs/process_quality" / name), name
