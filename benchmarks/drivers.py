"""Do the drivers in the report tell the truth? On the simulator, whose drivers are known: true drivers in the top three
by permutation importance, and noise columns never above them, over seeds. `behind`: counted right as well when a cause
of a driver (the lot that makes the moisture) is among them.

    python benchmarks/drivers.py --seeds 20
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["OMP_NUM_THREADS"] = "1"  # two fits at a time, a core each

from benchmarks.record import WORK, row


def ranked(job: str, target: str, seed: int, rows: int) -> tuple[bool, bool, bool, str]:
    """Whether the first three are true drivers, or causes of such, whether noise stays below the strongest, and who intruded."""
    import andon
    from andon.run.files import read_json
    from andon.simulate import process
    from andon.simulate.plant import BEHIND

    made = process(rows, seed=seed, followers=False)  # a follower may rightly stand for its driver
    drivers, noise = set(made.truth.drivers[target]), set(made.truth.noise)
    others = [t for t in ("quality", "shrinkage_mm") if t != target]
    run = andon.fit(job, made.frame, runs=Path(tempfile.mkdtemp(dir=WORK)), quiet=True, target=target,
                    known={"ignore": others}, accept=["*"], train={"seed": seed, "threads": 1},
                    split={"seed": seed})  # fmt: skip
    order = [d["column"] for d in read_json(run / "metrics.json")["drivers"]]
    strongest = [order.index(d) for d in made.truth.strongest[target] if d in order]
    below = not any(order.index(n) < max(strongest, default=0) for n in noise if n in order)
    intruders = [name for name in order[: min(3, len(drivers))] if name not in drivers]
    return not intruders, not set(intruders) - set(BEHIND), below, " ".join(intruders)


def main() -> None:
    """Print a row per target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--target", choices=("quality", "shrinkage_mm"))
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn")) as pool:
        for job, target in (("process_quality", "quality"), ("regress", "shrinkage_mm")):
            if asked.target not in (None, target):
                continue
            wanted = [(job, target, seed, asked.rows) for seed in range(asked.seeds)]
            found = list(pool.map(ranked, *zip(*wanted, strict=True)))
            intruders = [each[3] for each in found if each[3]]
            row("drivers_top3", set=target, value=sum(each[0] for each in found) / asked.seeds, n=asked.seeds,
                intruders=intruders)  # fmt: skip
            row("drivers_top3_behind", set=target, value=sum(each[1] for each in found) / asked.seeds, n=asked.seeds)
            row("drivers_noise_below", set=target, value=sum(each[2] for each in found) / asked.seeds, n=asked.seeds)


if __name__ == "__main__":
    main()
