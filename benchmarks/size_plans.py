"""`andon size` against what six plans really took: wall time and peak memory of the whole `andon fit`, each in a process
of its own. Ratios are said over measured; the claim is within 0.75 … 1.25.

    python benchmarks/size_plans.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from benchmarks.record import DATA, WORK, row

ANDON = Path(sys.executable).parent / "andon"
TABLES = (DATA / "tables").resolve()
MNIST = (DATA / "images/mnist").resolve()
PLANS = {
    "power plant, default": f"regress {TABLES}/power_plant_ccpp/Folds5x2_pp.csv.gz target=PE",
    "power plant, one base network": f"regress {TABLES}/power_plant_ccpp/Folds5x2_pp.csv.gz target=PE members=1 size=base epochs=12",
    "ai4i, default": f"process_quality {TABLES}/ai4i2020/ai4i2020.csv.gz target=Machine_failure known.after=[TWF,HDF,PWF,OSF,RNF]",
    "steel energy, 8 epochs": f"regress {TABLES}/steel_energy/Steel_industry_data.csv.gz target=Usage_kWh known.after=[CO2(tCO2)] epochs=8",
    "MNIST, seed case": f"classify {MNIST} network=flatten,dense:128:relu,dense:10 optimizer=adam batch=32 epochs=5",
    "MNIST, convolution tiny, 2 epochs": f"classify {MNIST} family=convolution size=tiny epochs=2",
}


def fitted(words: list[str], folder: Path) -> tuple[float, float]:
    """Seconds and peak resident MB of a whole fit."""
    began = time.perf_counter()
    process = subprocess.Popen([ANDON, "fit", *words, "--quiet"], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, words
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Print a row per plan."""
    WORK.mkdir(exist_ok=True)
    for name, plan in PLANS.items():
        words = plan.split()
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            said = json.loads(
                subprocess.run(
                    [ANDON, "size", *words, "--json"], cwd=folder, capture_output=True, text=True, check=True
                ).stdout
            )
            seconds, memory = fitted(words, Path(folder))
        for claim, ours, measured in (
            ("size_seconds", said["seconds"], seconds),
            ("size_memory", said["memory_mb"], memory),
        ):
            row(claim, set=name, value=ours, peer="measured", ratio=ours / measured, measured=measured)


if __name__ == "__main__":
    main()
