"""Rivals of the networks on pictures of defects, on the folds of `defect_classes.py`: texture features under a linear
discriminant as they stand beside every run, and gradients' histograms under a linear support vector machine.

    python benchmarks/defect_rivals.py --sets neu xsdd --folds 0 1 2 3 4
    python benchmarks/defect_rivals.py --sets neu_20 --folds 0 1 2

Both learn the training and validation parts; the test part of each fold is asked once. HOG is our own (Dalal & Triggs
2005: nine unsigned angles, cells of 8 pixels, blocks of 2 x 2 cells, L2-Hys); scikit-learn's `SVC` with a linear kernel
has the C of 0.01, 0.1, 1 and 10 that three folds of its own rows like best.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.defect_classes import SETS, few
from benchmarks.record import DATA, row

ANGLES, CELL, BLOCK = 9, 8, 2


def main() -> None:
    """Print a row per set, fold and rival."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["neu", "xsdd", "neu_20"], choices=SETS)
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for name in asked.sets:
        for fold in asked.folds:
            prepared = parts(name, fold)
            test = prepared.known("test")
            truth = prepared.target_of(test)
            for peer, answer in (("texture", by_texture), ("hog", by_gradients)):
                began = time.process_time()
                found = answer(prepared, fold, test)
                seconds = time.process_time() - began
                measured = measures(prepared, found, truth)
                main_metric = "macro_f1" if name == "xsdd" else "accuracy"
                row(f"defects_{main_metric}", set=name, seed=fold, peer=peer, n=len(test),
                    value=measured[main_metric], **measured, cpu_seconds=seconds)  # fmt: skip


def parts(name: str, fold: int) -> Any:
    """The records of a fold, prepared as `defect_classes.py` has them."""
    from andon.api.fit import ready
    from andon.api.plans import resolve

    data: Any = DATA / "images" / SETS[name] / f"{SETS[name]}.tar"
    own: dict[str, Any] = {"train.seed": fold, "train.threads": 1, "accept": ["*"]}
    if name == "neu_20":
        return ready(resolve("defect_class", [], {**own, "data.rows.part": "given_part"}), few(data, fold))
    return ready(resolve("defect_class", [str(data)], {**own, "split": {"folds": 5, "fold": fold}}))


def measures(prepared: Any, scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Accuracy and macro-F1 of the likeliest class."""
    from andon.score import class_arrays, measured

    found: dict[str, float] = measured(class_arrays(scores, truth), ("accuracy", "macro_f1"))
    return found


def by_texture(prepared: Any, fold: int, test: np.ndarray) -> np.ndarray:
    """Scores (N, K) of the rival that stands beside a run."""
    from andon.api.fit import scaling_of
    from andon.api.rivals import fitted_texture

    found: np.ndarray = fitted_texture(prepared, None, scaling_of(prepared)).scores(prepared.take(test), prepared.state)
    return found


def by_gradients(prepared: Any, fold: int, test: np.ndarray) -> np.ndarray:
    """Votes (N, K) of a linear support vector machine's planes, on histograms of oriented gradients."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.svm import SVC

    learn = np.concatenate([prepared.learn, prepared.known("validation")])
    described = {part: gradients(picture(prepared, rows)) for part, rows in (("learn", learn), ("test", test))}
    turns = StratifiedKFold(3, shuffle=True, random_state=fold)
    search = GridSearchCV(SVC(kernel="precomputed"), {"C": [0.01, 0.1, 1.0, 10.0]}, cv=turns)
    search.fit(described["learn"] @ described["learn"].T, prepared.target_of(learn))
    return np.asarray(search.decision_function(described["test"] @ described["learn"].T))


def picture(prepared: Any, rows: np.ndarray) -> np.ndarray:
    """Grey pictures (N, H, W) float32."""
    array = np.asarray(next(iter(prepared.take(rows).values())), np.float32)
    return array if array.ndim == 3 else array.mean(axis=3)


def gradients(pictures: np.ndarray) -> np.ndarray:
    """(N, H, W) -> histograms of oriented gradients (N, F)."""
    down, right = np.gradient(pictures, axis=(1, 2))
    size = np.hypot(down, right)
    angle = np.arctan2(down, right) % np.pi / np.pi * ANGLES - 0.5
    low = np.floor(angle).astype(int)
    share = angle - low
    rows, height, width = pictures.shape
    high, wide = height // CELL, width // CELL
    cells = np.zeros((rows, high, wide, ANGLES), np.float32)
    for number in range(ANGLES):  # a gradient belongs to the two nearest angles
        part = size * ((low % ANGLES == number) * (1 - share) + ((low + 1) % ANGLES == number) * share)
        part = part[:, : high * CELL, : wide * CELL].reshape(rows, high, CELL, wide, CELL)
        cells[..., number] = part.sum(axis=(2, 4))
    blocks = sliding_window_view(cells, (BLOCK, BLOCK), axis=(1, 2)).reshape(rows, high - 1, wide - 1, -1)
    for most in (0.2, None):
        blocks = blocks / np.sqrt((blocks**2).sum(axis=3, keepdims=True) + 1e-10)
        blocks = blocks if most is None else np.minimum(blocks, most)
    return blocks.reshape(rows, -1)


if __name__ == "__main__":
    main()
