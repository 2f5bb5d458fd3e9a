"""An environment with the base install alone (no PyTorch) answers from the demo's run as the training one does.

python benchmarks/base_install.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl

from benchmarks.record import WORK, row

ROOT = Path(__file__).parents[1]
BASE = ROOT / "benchmarks/.envs/base"
OWN = Path(sys.executable).parent


def installed() -> Path:
    """The bin folder of a fresh environment that holds `andon` and what its base install asks for."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", BASE], check=True)
    pip = [BASE / "bin/python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT]
    subprocess.run(pip, check=True)
    return BASE / "bin"


def main() -> None:
    """Print the number of rows whose answers differ."""
    WORK.mkdir(exist_ok=True)
    base = installed()
    missing = subprocess.run([base / "python", "-c", "import torch"], capture_output=True, check=False)
    assert missing.returncode, "the base install brought PyTorch along"
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        subprocess.run([OWN / "andon", "demo"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        run = next(path.parent for path in Path(folder).rglob("model.onnx"))
        data = next(Path(folder).rglob("new_lots.csv"))
        answers = {}
        for name, where in (("base", base), ("train", OWN)):
            out = Path(folder) / f"{name}.parquet"
            command = [where / "andon", "predict", run, data, "--out", out]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            answers[name] = pl.read_parquet(out)
        check = ["check", Path(folder) / "demo/lots.csv"]
        checked = [
            subprocess.run([where / "andon", *check], cwd=folder, capture_output=True, check=False)
            for where in (base, OWN)
        ]
        assert checked[0].stdout == checked[1].stdout, checked[0].stderr
    apart = (
        0
        if answers["base"].equals(answers["train"])
        else int((answers["base"] != answers["train"]).sum_horizontal().sum())
    )
    row("base_install", set="demo", value=float(apart), n=len(answers["base"]), peer="the training environment",
        check_exit=checked[0].returncode)  # fmt: skip


if __name__ == "__main__":
    main()
