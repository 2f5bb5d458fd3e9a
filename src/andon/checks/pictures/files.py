"""What is wrong with single files: unreadable, of another size, colour or format than the rest, blurred, too dark."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from andon.checks.facts import Facts, percent
from andon.checks.finding import Finding

FIRST = 20
USUAL = 0.9
"""Share of the files that must agree before the others are odd."""
FAR = 6.0
"""Robust deviations from the median beyond which a picture is unlike the rest."""


def unreadable(facts: Facts) -> list[Finding]:
    """Files that are broken, missing or no pictures."""
    found = []
    for name, looked in facts.records.pictures.items():
        rows = looked.facts["problem"].is_not_null().arg_true().to_list()
        if rows:
            shown = "; ".join(str(looked.facts["problem"][row]) for row in rows[:3])
            found.append(Finding(
                level="error" if len(rows) == looked.facts.height else "warning", code="picture_unreadable",
                column=name, rows=len(rows), first_rows=rows[:FIRST],
                what=f"{pictures(len(rows))} cannot be read: {shown}",
                why="they are left out; a camera or disk that breaks some files often breaks more",
                fix="copy them again, or take them out of the folder", figures={"share": len(rows) / facts.rows},
            ))  # fmt: skip
    return found


def odd(facts: Facts) -> list[Finding]:
    """Files of another size, kind of pixels or format than nine tenths of the rest."""
    found = []
    for name, looked in facts.records.pictures.items():
        seen = looked.facts.with_columns(size=pl.format("{} × {}", "width", "height"))
        for column, what in (("size", "of another size"), ("mode", "of another kind of pixels"),
                             ("format", "of another format")):  # fmt: skip
            counts = seen[column].drop_nulls().value_counts(sort=True)
            if counts.height < 2 or counts["count"][0] < USUAL * float(counts["count"].sum()):
                continue
            usual = counts[column][0]
            rows = (seen[column] != usual).fill_null(False).arg_true().to_list()
            others = ", ".join(f"{value} ({count})" for value, count in counts.rows()[1:4])
            found.append(Finding(
                level="info", code=f"picture_odd_{column}", column=name, rows=len(rows), first_rows=rows[:FIRST],
                what=f"{pictures(len(rows))} {what}, {others}, where {usual} is usual",
                why="they came from another camera, crop or export, and may tell of that instead of the part",
                fix="see whether they belong here; a mix of sources should be mixed within every class",
                figures={"share": len(rows) / facts.rows},
            ))  # fmt: skip
    return found


def several(facts: Facts) -> list[Finding]:
    """Files of several frames or pages, as animations and the TIFF of some cameras are."""
    found = []
    for name, rows in _marked(facts, "several"):
        found.append(Finding(
            level="warning", code="picture_several", column=name, rows=len(rows), first_rows=rows[:FIRST],
            what=f"{pictures(len(rows))} with several frames or pages, of which only the first is looked at",
            why="a defect that shows on another page alone, under another lamp perhaps, is never seen",
            fix="write each page as a picture of its own, and join the columns by serial",
            figures={"share": len(rows) / facts.rows},
        ))  # fmt: skip
    return found


def coarse(facts: Facts) -> list[Finding]:
    """Colour of more bits than are looked at."""
    found = []
    for name, rows in _marked(facts, "coarse"):
        found.append(Finding(
            level="warning", code="picture_coarse", column=name, rows=len(rows), first_rows=rows[:FIRST],
            what=f"{pictures(len(rows))} with colours of 16 bits, of which only the upper 8 are looked at",
            why="a camera of 10 or 12 bits leaves those nearly empty, and the picture is black",
            fix="store them with 8 bits a colour over the full range, or as grey, which keeps its 16",
            figures={"share": len(rows) / facts.rows},
        ))  # fmt: skip
    return found


def _marked(facts: Facts, fact: str) -> Iterator[tuple[str, list[int]]]:
    """Columns of pictures and their rows of which a fact holds, where there are any."""
    for name, looked in facts.records.pictures.items():
        rows = looked.facts[fact].fill_null(False).arg_true().to_list()
        if rows:
            yield name, rows


def unusual(facts: Facts) -> list[Finding]:
    """Blurred, dark or bright pictures, against the spread of all of them."""
    found = []
    for name, looked in facts.records.pictures.items():
        for column, low, high in (("sharpness", "blurred", ""), ("brightness", "dark", "bright"),
                                  ("contrast", "flat", "")):  # fmt: skip
            values = looked.facts[column].fill_null(float("nan")).to_numpy()
            values = np.log(np.maximum(values, 1e-6)) if column != "brightness" else values
            usual = np.nanmedian(values) if np.isfinite(values).any() else 0.0
            spread = 1.4826 * np.nanmedian(np.abs(values - usual)) if np.isfinite(values).any() else 0.0
            if spread < 1e-6:
                continue
            far = (values - usual) / spread
            for word, rows in ((low, np.flatnonzero(far < -FAR)), (high, np.flatnonzero(far > FAR))):
                if word and len(rows):
                    more = {"dark": "darker", "bright": "brighter", "flat": "flatter"}.get(word, f"more {word}")
                    found.append(Finding(
                        level="info", code=f"picture_{word}", column=name, rows=len(rows),
                        first_rows=rows[np.argsort(-np.abs(far[rows]))][:FIRST].tolist(),
                        what=f"{pictures(len(rows))} much {more} than the rest "
                             f"({percent(len(rows) / facts.rows)})",
                        why="focus, lamp or exposure was not as usual, and the part cannot be judged from them",
                        fix="look at them; leave them out if a person could not tell either",
                        figures={"share": len(rows) / facts.rows},
                    ))  # fmt: skip
    return found


def pictures(count: int) -> str:
    """A number of pictures in words."""
    return "1 picture" if count == 1 else f"{count:,} pictures"
