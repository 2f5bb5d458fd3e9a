"""Picture and process values in one network against either alone, on the simulator, whose least errors are known.

python benchmarks/several_kinds.py --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.record import WORK, parity, row

ROWS, SIDE = 2500, 80


def main() -> None:
    """Print a row per seed and kind of input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    asked = parser.parse_args()
    import andon
    from andon.run.files import read_json
    from andon.simulate import surfaces

    WORK.mkdir(exist_ok=True)
    for seed in asked.seeds:
        made = surfaces(ROWS, seed=seed, side=SIDE, hidden=0.12)
        frame = made.frame
        values = [c for c in frame.columns if c not in ("picture", "label", "verdict", "serial", "finished", "spot")]
        for name, columns in {"both": ["picture", *values], "picture": ["picture"], "values": values}.items():
            began = time.perf_counter()
            run = andon.fit(
                "process_quality", frame.select(*columns, "verdict"), target="verdict", quiet=True, accept=["*"],
                runs=Path(tempfile.mkdtemp(dir=WORK)),
                **{"train.seed": seed, "split.seed": 0, "train.threads": 1},
            )  # fmt: skip
            found = read_json(run / "metrics.json")["metrics"]
            row("several_kinds", set=name, seed=seed, value=1 - found["accuracy"]["value"], n=ROWS // 5,
                roc_auc=found["roc_auc"]["value"], log_loss=found["log_loss"]["value"],
                least_error=made.truth.least_errors[name], seconds=time.perf_counter() - began,
                **parity(run))  # fmt: skip


if __name__ == "__main__":
    main()
