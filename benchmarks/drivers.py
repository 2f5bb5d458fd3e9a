"""Do the drivers in the report tell the truth? On the simulator, whose drivers are known: true drivers in the top three
by permutation importance, and noise columns never above them, over seeds.

    python benchmarks/drivers.py --seeds 20
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.record import WORK, row


def main() -> None:
    """Print a row per target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--rows", type=int, default=3000)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    import andon
    from andon.run.files import read_json
    from andon.simulate import process

    for job, target in (("process_quality", "quality"), ("regress", "shrinkage_mm")):
        top, clean = 0, 0
        for seed in range(asked.seeds):
            made = process(asked.rows, seed=seed, followers=False)  # a follower may rightly stand for its driver
            drivers, noise = set(made.truth.drivers[target]), set(made.truth.noise)
            others = [t for t in ("quality", "shrinkage_mm") if t != target]
            run = andon.fit(job, made.frame, runs=Path(tempfile.mkdtemp(dir=WORK)), quiet=True, target=target,
                            known={"ignore": others}, accept=["*"], train={"seed": seed, "threads": 1},
                            split={"seed": seed})  # fmt: skip
            ranked = [d["column"] for d in read_json(run / "metrics.json")["drivers"]]
            top += set(ranked[: min(3, len(drivers))]) <= drivers
            strongest = [ranked.index(d) for d in made.truth.strongest[target] if d in ranked]
            clean += not any(ranked.index(n) < max(strongest, default=0) for n in noise if n in ranked)
        row("drivers_top3", set=target, value=top / asked.seeds, n=asked.seeds)
        row("drivers_noise_below", set=target, value=clean / asked.seeds, n=asked.seeds)


if __name__ == "__main__":
    main()
