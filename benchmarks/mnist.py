"""MNIST: the seed network with the seed's settings beside Keras 3, the same network by our default training, and the
`small` convolution family. The test part is asked once per run.

    python benchmarks/mnist.py --seeds 0 1 2 3 4 --only seed default convolution keras
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.record import DATA, WORK, row

KERAS = Path(__file__).parent / ".envs"
SEED_NET = "flatten,dense:128:relu,dense:10"


def ours(which: str, seed: int) -> tuple[float, float]:
    """Accuracy and seconds of one fit."""
    import andon

    settings = {
        "seed": {"network": SEED_NET, "optimizer": "adam", "batch": 32, "epochs": 5},
        "default": {"network": SEED_NET, "epochs": 5},
        "convolution": {"network": {"family": "convolution", "size": "small"}},
    }[which]
    base = Path(tempfile.mkdtemp(dir=WORK))
    began = time.perf_counter()
    run = andon.fit("classify", str(DATA / "images/mnist"), runs=base, quiet=True, train={"seed": seed, **{k: v for k, v in settings.items() if k != "network"}},
                    network=settings["network"], share="none")  # fmt: skip
    return run.metrics["accuracy"]["value"], time.perf_counter() - began


def keras(seed: int, backend: str) -> tuple[float, float]:
    """The seed's own program in Keras 3."""
    python = KERAS / f"keras-{backend}" / "bin" / "python"
    script = Path(__file__).parent / "peers" / "keras_seed.py"
    done = subprocess.run(
        [python, script, str(DATA / "images/mnist"), str(seed), backend], capture_output=True, text=True, check=True
    )
    accuracy, seconds = done.stdout.strip().splitlines()[-1].split()
    return float(accuracy), float(seconds)


def main() -> None:
    """Print one row per network and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--only", nargs="+", default=["seed", "default", "keras", "convolution"])
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    for which in asked.only:
        seeds = asked.seeds[:3] if which == "convolution" else asked.seeds
        for seed in seeds:
            value, seconds = keras(seed, "jax") if which == "keras" else ours(which, seed)
            row(f"mnist_{which}", set="mnist", seed=seed, value=value, n=10_000, seconds=seconds)


if __name__ == "__main__":
    main()
