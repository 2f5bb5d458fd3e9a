"""Lives that are not over, on simulated presses: what censored lives are worth, and what it costs to act on `safe_until`.

Trained on a plant that changes most of its tools before they fail; judged on another where every tool runs until it
fails, so that the truth of every row is known. A row per seed: error with censored lives used and dropped; cost per hour
when tools are changed as `safe_until` says, beside an oracle that knows the true wear and rate, and beside the best
fixed age of the training plant. A life missed costs ten planned stops, so that of 75 lives a single one moves the ratio by
a tenth: hence 150 presses, some 700 lives, and intervals by presses. The oracle keeps the same promise as `safe_until`;
`oracle_least` is what it could have had with the chance that suits it best.

    python benchmarks/censored_lives.py --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

from benchmarks.record import WORK, row

UNITS, ROWS, TESTED = 40, 1000, 150
MISS, STOP = 10.0, 1.0
LEAD = 2.0
"""Hours before which a change must be called."""
STEP_H = 10 / 60
CHANCES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
DRAWS = 2000


def fitted(folder: Path, frame: pl.DataFrame, events: pl.DataFrame, name: str, seed: int) -> Any:
    """A finished run on these records."""
    import andon

    events.write_csv(folder / "events.csv")
    settings: dict[str, Any] = {
        "data.with": [{"path": str(folder / "events.csv"), "on": "unit", "as_of": "time"}], "train.threads": 1,
        "train.device": "cpu", "train.seed": seed, "decide.cost": {"miss": MISS, "stop": STOP},
    }  # fmt: skip
    if "left" in frame.columns:
        settings["target"] = "left"
    return andon.fit("remaining_life", frame, runs=folder / name, quiet=True, accept=["*"], **settings)


def costs(stops: np.ndarray, lives: pl.DataFrame) -> np.ndarray:
    """Cost and hours of running of each life (L, 2) when it is ended at the first row that says so, or by its failure."""
    found = []
    for (_, _), own in lives.with_columns(stop=pl.Series(stops)).group_by("unit", "life", maintain_order=True):
        says = np.flatnonzero(own["stop"].to_numpy())
        ended = len(says) > 0 and says[0] < len(own) - 1
        found.append((STOP if ended else MISS, (says[0] + 1 if ended else len(own)) * STEP_H))
    return np.array(found)


def cost(stops: np.ndarray, lives: pl.DataFrame) -> float:
    """Cost per hour of running."""
    paid, hours = costs(stops, lives).sum(axis=0)
    return float(paid / hours)


def interval(ours: np.ndarray, oracle: np.ndarray, lives: pl.DataFrame) -> list[float]:
    """Ends of the 95 % interval of the ratio of both costs per hour, over draws of whole units."""
    unit = lives.unique(["unit", "life"], maintain_order=True)["unit"].rle_id().to_numpy()
    sums = np.stack([np.bincount(unit, column) for column in np.concatenate([ours, oracle], axis=1).T])
    count = sums.shape[1]
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), DRAWS) @ sums.T
    return [float(end) for end in np.quantile(drawn[:, 0] / drawn[:, 1] / drawn[:, 2] * drawn[:, 3], [0.025, 0.975])]


def one(seed: int) -> None:
    """Two fits and their row."""
    import andon
    from andon.simulate import histories

    folder = Path(tempfile.mkdtemp(dir=WORK))
    plant = histories(UNITS, seed=seed, rows=ROWS, stops=False, life_h=30.0)
    left = plant.truth.rows["clock_left_h"].fill_nan(None)
    used = fitted(folder, plant.frame, plant.events, "used", seed)
    dropped = fitted(folder, plant.frame.with_columns(left=left), plant.events, "dropped", seed)
    other = histories(TESTED, seed=seed + 1000, rows=ROWS, stops=False, life_h=30.0, censored=0.0)
    truth = other.truth.rows
    frame = other.frame.with_columns(truth.select("life", "left_h", "seen"))
    good = frame.filter(pl.col("left_h").is_not_null() & pl.col("seen"))
    places = np.flatnonzero((frame["left_h"].is_not_null() & frame["seen"]).to_numpy())
    told, cap = good["left_h"].to_numpy(), andon.load(used).state["cap"]
    answers = {name: andon.predict(run, good) for name, run in (("used", used), ("dropped", dropped))}
    error = {
        name: float(np.sqrt(np.mean((np.minimum(a["answer"].to_numpy(), cap) - np.minimum(told, cap)) ** 2)))
        for name, a in answers.items()
    }
    lives = good.select("unit", "life")
    outlives = other.truth.survival(places, [LEAD])[:, 0]
    chance = 1 - STOP / (MISS + STOP)
    acted, best = costs((answers["used"]["safe_until"] <= LEAD).to_numpy(), lives), costs(outlives <= chance, lives)
    ours, oracle = (float(own[:, 0].sum() / own[:, 1].sum()) for own in (acted, best))
    age = good.select((pl.int_range(pl.len()).over("unit", "life") * STEP_H).alias("age"))["age"].to_numpy()
    fixed = min(cost(age >= limit, lives) for limit in np.arange(4.0, 60.0, 2.0))
    row("censored_lives", set="press", seed=seed, value=error["used"], n=len(good), peer="censored lives dropped",
        ratio=error["used"] / error["dropped"], unit="h, RMSE to the cap", dropped=error["dropped"],
        censored=plant.truth.censored)  # fmt: skip
    row("safe_until", set="press", seed=seed, value=ours, n=lives.n_unique(), peer="oracle that knows wear and rate",
        ratio=ours / oracle, interval=interval(acted, best, lives), unit="cost per hour", oracle=oracle,
        oracle_least=min(cost(outlives <= least, lives) for least in CHANCES), missed=float((acted[:, 0] > STOP).mean()),
        best_fixed_age=fixed)  # fmt: skip


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    WORK.mkdir(exist_ok=True)
    for seed in parser.parse_args().seeds:
        one(seed)


if __name__ == "__main__":
    main()
