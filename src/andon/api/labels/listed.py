"""The list of suspect labels, as a table of all judged rows and as what a page shows of its top."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl

from andon.api.prepare import Prepared
from andon.api.shown.worst import thumbnail
from andon.report.suspects import Doubted, Look
from andon.score.suspects import Suspects

MOST_LOOKS, MOST_PLACES, MOST_TELLING = 60, 3, 3
MOST_ROWS = 100_000
"""Rows enough to know what is usual."""
TELLING = 0.5
"""Quartile spreads by which a value must lie nearer to the other class to be worth a word."""


def ranked(prepared: Prepared, prob: np.ndarray, found: Suspects) -> pl.DataFrame:
    """Every judged row, the likeliest wrong label first: row number (from 0), its label, the class suggested, their
    probabilities (ranked by the label's), whether it is a suspect, the columns that name the row, and the probability
    of every class."""
    order, classes = found.order, np.array(prepared.state["classes"], dtype=object)
    given, suggested = prepared.target_of(order), found.suggested[order]
    each = np.arange(len(order))
    columns = {
        "row": order, "given": classes[given].astype(str), "suggested": classes[suggested].astype(str),
        "given_probability": prob[order][each, given], "suggested_probability": prob[order][each, suggested],
        "suspect": found.confident[order],
    }  # fmt: skip
    columns |= {f"p_{name}": prob[order, i] for i, name in enumerate(classes)}
    frame, names = pl.DataFrame(columns), place_columns(prepared)
    where = prepared.records.frame.select(pl.col(names).cast(pl.String).name.prefix("at_")).collect()
    return pl.concat([frame[:, :6], where[order.tolist()], frame[:, 6:]], how="horizontal") if names else frame


def place_columns(prepared: Prepared) -> list[str]:
    """Columns that name a row to a person: picture files, unit, serial numbers and other text."""
    records = prepared.records
    hashes = {f"{name}.pixels" for name in records.pictures}
    text = [c.name for c in records.columns if c.kind == "text" and c.name not in hashes and c.role != "target"]
    return list(dict.fromkeys([*records.pictures, *records.named("unit"), *text]))[:MOST_PLACES]


def doubted(prepared: Prepared, listed: pl.DataFrame, found: Suspects) -> Doubted:
    """Figures, pairs and the rows to look at first."""
    classes, expected = prepared.state["classes"], found.expected
    beside = expected - np.diag(np.diag(expected))
    pairs = sorted(zip(*np.nonzero(beside), strict=True), key=lambda pair: -beside[pair])
    top = listed.head(min(MOST_LOOKS, max(int(found.confident.sum()), MOST_LOOKS // 4)))
    rows = top["row"].to_numpy()
    images = [spec.name for spec in prepared.specs if spec.kind == "image"]
    pictures = [thumbnail(one) for one in prepared.stored.arrays[images[0]][rows]] if images else [None] * len(rows)
    places = [f"at_{name}" for name in place_columns(prepared)]
    looks = [
        Look(
            row=line["row"], place=place_of([line[name] for name in places if line[name] is not None]),
            given=line["given"], suggested=line["suggested"], p_given=line["given_probability"],
            p_suggested=line["suggested_probability"], suspect=line["suspect"], telling=telling, picture=picture,
        )
        for line, telling, picture in zip(top.iter_rows(named=True), _telling(prepared, top), pictures, strict=True)
    ]  # fmt: skip
    return Doubted(
        judged=listed.height, suspects=int(found.confident.sum()), expected=float(beside.sum()),
        pairs=[(classes[i], classes[j], float(beside[i, j])) for i, j in pairs], looks=looks,
    )  # fmt: skip


def place_of(names: list[object]) -> str:
    """What names a row, each name once: a picture's file and its serial number are not told twice."""
    told: dict[str, None] = {}
    for name in map(_short, names):
        if name not in {known.rpartition("/")[2].rpartition(".")[0] for known in told}:
            told[name] = None
    return " · ".join(told)


def _short(place: object) -> str:
    """The last two steps of a path; anything else as it is."""
    return "/".join(str(place).rsplit("/", 2)[-2:])


def _telling(prepared: Prepared, top: pl.DataFrame) -> list[str]:
    """Per row the number columns that lie nearer to what is usual for the suggested class than for the label's, in
    quartile spreads of the column; the most telling first."""
    names = prepared.encoding.numbers
    if not names or not top.height:
        return [""] * top.height
    values = prepared.stored.arrays["numbers"][:, : len(names)]
    target = prepared.task.target(prepared.raw, prepared.state)
    some = np.flatnonzero(target >= 0)
    some = some[:: max(1, len(some) // MOST_ROWS)]
    classes = prepared.state["classes"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column that a class never has: nothing is usual there
        low, high = np.nanquantile(values[some], [0.25, 0.75], axis=0)
        usual = np.stack([np.nanmedian(values[some[target[some] == i]], axis=0) for i in range(len(classes))])
    spread = np.where(high > low, high - low, np.inf)
    told = []
    for line in top.iter_rows(named=True):
        own = values[line["row"]]
        label, other = (usual[classes.index(line[key])] for key in ("given", "suggested"))
        speaks = (np.abs(own - label) - np.abs(own - other)) / spread
        best = [i for i in np.argsort(-np.nan_to_num(speaks))[:MOST_TELLING] if speaks[i] > TELLING]
        told.append(", ".join(f"{names[i]} {own[i]:.4g} ({label[i]:.4g}; {other[i]:.4g})" for i in best))
    return told
