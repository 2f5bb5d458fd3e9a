"""Simulated pictures as a plant keeps them: files in folders, and a table beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from andon.errors import Problem, nearest
from andon.simulate.surface.options import GOOD

TRAIN = 0.7
"""Share of the good parts, the earliest, that MVTec's layout trains on."""
LAYOUTS = ("classes", "mvtec")


def write(frame: pl.DataFrame, masks: np.ndarray, folder: Path, layout: str) -> Path:
    """Write `frame` and its masks (M, h, h); gives the folder of pictures. Layouts: see `Surfaces.written`."""
    if layout not in LAYOUTS:
        raise Problem.of(f"there is no layout '{layout}'", fix=nearest(layout, LAYOUTS))
    root = folder / "pictures"
    if root.exists() and any(root.iterdir()):
        raise Problem.of("the folder is not empty", where=str(root), why="pictures of two plants would mix",
                         fix="name another, or empty it")  # fmt: skip
    labels, serials = frame["label"].to_list(), frame["serial"].to_list()
    spots = (frame["spot"] if "spot" in frame.columns else frame["serial"]).to_list()
    good = list(dict.fromkeys(spot for spot, label in zip(spots, labels, strict=True) if label == GOOD))
    train = set(good[: round(TRAIN * len(good))]) if layout == "mvtec" else set()
    before = {"classes": ("", "masks"), "mvtec": ("test", "ground_truth")}[layout]
    pictures = frame["picture"].to_numpy()
    places = []
    for row, (serial, label, spot) in enumerate(zip(serials, labels, spots, strict=True)):
        part = "train" if label == GOOD and spot in train else before[0]
        places.append(root / part / label / f"{serial}.png")
        _save(pictures[row], places[-1])
        if masks[row].any() and label != GOOD:
            _save(masks[row].astype(np.uint8) * 255, root / before[1] / label / f"{serial}_mask.png")
    named = pl.Series("picture", [place.relative_to(folder).as_posix() for place in places])
    frame.with_columns(named).write_csv(folder / "process.csv")
    return root


def _save(picture: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(
        path, compress_level=0
    )  # files of one size: a compressed one is larger with a scratch
