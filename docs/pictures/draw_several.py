"""Draws `several_defects.jpg`: parts that a network had not seen, what is on them and what it answered.

python docs/pictures/draw_several.py FOLDER    # the folder is made, with parts and a run in it (some minutes)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image, ImageDraw

import andon
from andon.simulate import surfaces

KINDS = ("pit", "scratch", "stain")
PARTS, SIDE, ZOOM = 480, 96, 2


def made(folder: Path) -> pl.DataFrame:
    """Parts with the defects of two lines at once, as files and a table."""
    one, other = (
        surfaces(PARTS, seed=seed, side=SIDE, defective=0.5, contrast=1.2, twins=True, shares=dict.fromkeys(KINDS, 1.0))
        for seed in (0, 1)
    )
    first, second = (each.frame["picture"].to_numpy().astype(int) for each in (one, other))
    assert other.truth.twins is not None
    folder.mkdir(parents=True)
    rows = []
    for number, pixels in enumerate((first + second - other.truth.twins).clip(0, 255).astype(np.uint8)):
        Image.fromarray(pixels).save(folder / f"{number}.png")
        names = {str(truth.label[number]) for truth in (one.truth, other.truth)} - {"good"}
        rows.append({"picture": str(folder / f"{number}.png"), "labels": ";".join(sorted(names)) or "good"})
    return pl.DataFrame(rows)


def sheet(run: Path) -> Image.Image:
    """Two rows of judged parts, truth and answer under each."""
    answers = pl.read_parquet(run / "answers.parquet").sort("row")
    parts = [
        answers.filter(pl.col("truth") == truth).head(2) for truth in ("good", "pit", "pit;scratch", "scratch;stain")
    ]
    chosen = pl.concat(parts)
    step, tall = SIDE * ZOOM + 12, SIDE * ZOOM + 40
    drawing = Image.new("RGB", (step * 4, tall * 2), "white")
    pen = ImageDraw.Draw(drawing)
    for place, row in enumerate(chosen.iter_rows(named=True)):
        left, top = place // 2 * step + 6, place % 2 * tall + 4
        part = Image.open(run.parent.parent / "parts" / f"{row['row']}.png")
        drawing.paste(part.resize((SIDE * ZOOM, SIDE * ZOOM), Image.Resampling.NEAREST), (left, top))
        colour = "#1a7f37" if row["truth"] == row["answer"] else "#c0392b"
        pen.text((left, top + SIDE * ZOOM + 2), f"on it: {row['truth']}", fill="#555", font_size=13)
        pen.text((left, top + SIDE * ZOOM + 17), f"answer: {row['answer']}", fill=colour, font_size=13)
    return drawing


if __name__ == "__main__":
    base = Path(sys.argv[1])
    run = andon.fit("several_defects", made(base / "parts"), runs=base / "runs", network={"size": "tiny"}, epochs=30)
    sheet(Path(run.folder)).save(Path(__file__).parent / "several_defects.jpg", quality=88)
