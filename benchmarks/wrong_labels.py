"""Wrong labels on pictures: 5 % of NEU's labels are changed to another class, and `andon check --labels` looks for them.
Beside it: one network trained on all rows, wrong ones included, and asked about the same rows.

    python benchmarks/wrong_labels.py --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

from benchmarks.record import DATA, row

WRONG, LOOKED_AT = 0.05, 0.07
SETTINGS = {"train": {"threads": 1}}


def flipped(frame: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """The set with some labels changed to another class, each as likely; and the rows that were changed."""
    rng = np.random.default_rng(seed)
    label = frame["label"].to_numpy().astype(object)
    classes, flips = np.unique(label.astype(str)), rng.permutation(len(label))[: round(WRONG * len(label))]
    for each in flips:
        label[each] = rng.choice(classes[classes != label[each]])
    return frame.with_columns(label=pl.Series(label, dtype=pl.String)), flips


def one_network(frame: pl.DataFrame) -> np.ndarray:
    """The rows in order of the probability that a network gives to the label it has learnt, least first."""
    from andon.api.labels.folds import asked, dealt, prepared_for_folds, scratch, without
    from andon.api.plans import resolve
    from andon.api.prepare import judge_rows

    resolved = resolve("defect_class", [], SETTINGS)
    with scratch() as folder:
        judged = judge_rows(resolved.plan, resolved.job, frame)
        prepared, _, _ = dealt(prepared_for_folds(resolved.plan, resolved.job, judged, folder))
        everything = without(prepared, np.zeros(frame.height, int), -1)
        prob = asked(everything, np.arange(frame.height), folder / "one", quiet=True)
    given = prepared.target_of(np.arange(frame.height))
    return np.argsort(prob[np.arange(frame.height), given], kind="stable")


def share(order: np.ndarray, flips: np.ndarray, seed: int, way: str, **more: float) -> None:
    """Print the share of the changed labels at the top of the list, with Wilson's 95 % interval (1927)."""
    found = int(np.isin(order[: int(LOOKED_AT * len(order))], flips).sum())
    n, z = len(flips), 1.96
    middle, reach = (found + z * z / 2) / (n + z * z), z * math.sqrt(found * (n - found) / n + z * z / 4) / (n + z * z)
    row("wrong_labels_found", set="neu", seed=seed, value=found / n, n=n, way=way, low=middle - reach,
        high=middle + reach, **more)  # fmt: skip


def main() -> None:
    """Two rows per seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    asked = parser.parse_args()
    import andon
    from andon.records.pictures import open_pictures

    whole = open_pictures(DATA / "images/neu_steel/neu_steel.tar").sample.select("picture", "label")
    for seed in asked.seeds:
        frame, flips = flipped(whole, seed)
        began = time.perf_counter()
        labels = andon.check(frame, job="defect_class", labels=True, quiet=True, **SETTINGS).labels
        took, suspects = time.perf_counter() - began, labels.listed.filter("suspect")["row"].to_numpy()
        share(labels.listed["row"].to_numpy(), flips, seed, "folds", suspects=len(suspects),
              suspects_changed=int(np.isin(suspects, flips).sum()), expected=labels.doubted.expected, seconds=took)  # fmt: skip
        share(one_network(frame), flips, seed, "one network on all rows")


if __name__ == "__main__":
    main()
