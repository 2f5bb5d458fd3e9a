"""`surfaces`: pictures of parts and the process values behind them, with everything about them known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import polars as pl

from andon.errors import Problem
from andon.simulate.options import check_rows
from andon.simulate.surface import camera, line, textures
from andon.simulate.surface.defects import drawn, scarred
from andon.simulate.surface.options import GOOD, KINDS, SurfaceOptions
from andon.simulate.surface.writing import write

BLOCK = 16
"""Parts rendered at a time: small enough for a processor's cache."""


@dataclass(frozen=True)
class SurfaceTruth:
    """What is true of the pictures. Rows are numbers of the frame's rows, M of them; parts are numbered in its order.

    `label` (M,) kind of defect or `good`; `masks` (M, h, h) bool, where the defect is; `defects`: one row per defect
    and picture: `row`, `kind`, its middle `x`, `y` and half length `size` in pixels of that picture, `aspect`, `angle`,
    `strength` (see `surface.defects`), `contrast`; `verdict` (M,) ok or ng; `chance` (M,) of failing; `struck` (M,)
    what made it fail (`undercure`: nothing to see; `none`); `wrong_labels`, `wrong_verdicts`: rows that the frame is
    wrong about; `least_errors`: least share of wrong verdicts for who sees the `picture`, the `values`, or `both`;
    `relations`: equation and source of each mechanism; `irrelevant`: process values without effect; `twins` (M, h, h[,
    3]): the same pictures without the defect, if asked for.
    """

    label: np.ndarray
    masks: np.ndarray
    defects: pl.DataFrame
    verdict: np.ndarray
    chance: np.ndarray
    struck: np.ndarray
    wrong_labels: np.ndarray
    wrong_verdicts: np.ndarray
    least_errors: dict[str, float]
    relations: Mapping[str, str]
    irrelevant: tuple[str, ...]
    twins: np.ndarray | None


@dataclass(frozen=True)
class Surfaces:
    """`frame`: one row per picture in order of time: `serial`, `spot` (which part; only with several exposures),
    `finished`, `coil`, the process values (`surface.line.VALUES`, units in their names), `picture` (UInt8 array (h, h)
    or (h, h, 3)), `label` (what an inspector saw) and `verdict` (what became of the part: ok, ng). Both are known
    after."""

    frame: pl.DataFrame
    truth: SurfaceTruth

    def written(self, folder: str | Path, *, layout: Literal["classes", "mvtec"] = "classes") -> Path:
        """Write PNG files to `folder`/pictures, and everything else to `folder`/process.csv, which names them.

        `classes`: <label>/<serial>.png, and masks/<label>/<serial>_mask.png. `mvtec` (Bergmann et al. 2019):
        train/good (the first 70 % of the good parts), test/<label>, ground_truth/<label>/<serial>_mask.png. Labels are
        those of the frame, masks the truth. Gives the folder of pictures. Raises `Problem` where it is not empty.
        """
        return write(self.frame, self.truth.masks, Path(folder), layout)


def surfaces(rows: int, *, seed: int = 0, **options: Any) -> Surfaces:
    """Pictures of `rows` parts (times exposures), deterministic by seed. Options: see `SurfaceOptions`; one that does
    not exist is a `Problem`."""
    try:
        asked = msgspec.convert(options, SurfaceOptions)
    except msgspec.ValidationError as error:
        raise Problem.of(f"the simulator cannot do that: {error}", fix="see andon.simulate.SurfaceOptions") from error
    check_rows(rows)
    streams = np.random.default_rng(seed).spawn(6)  # one each, so that an option changes nothing but its own matter
    kinds = _kinds(rows, asked, streams[0])
    defects = drawn(kinds, asked, margin=camera.margin(asked), generator=streams[1])
    columns = line.values(rows, streams[2])
    judged = line.verdicts(kinds, defects, columns, asked, streams[3])
    seen = _rendered(rows, defects, asked, seed=seed, streams=streams[4].spawn(-(-rows // BLOCK)))
    label, wrong_labels = _mistaken(kinds, [*KINDS, GOOD], asked.wrong_labels, streams[5])
    verdict = np.where(judged.struck == "none", "ok", "ng")
    told, wrong_verdicts = _mistaken(verdict, ["ok", "ng"], asked.wrong_labels, streams[5])
    part = np.repeat(np.arange(rows), asked.exposures)
    serials = np.array([f"S{number:06d}" for number in range(1, rows + 1)])[part]
    names: dict[str, Any] = {"serial": serials}
    if asked.exposures > 1:
        view = np.tile(np.arange(1, asked.exposures + 1), rows)
        names = {"serial": [f"{s}-{v}" for s, v in zip(serials, view, strict=True)], "spot": serials}
    frame = pl.DataFrame({
        **names, **{name: values[part] for name, values in columns.items()},
        "picture": pl.Series(seen.pictures, dtype=pl.Array(pl.UInt8, seen.pictures.shape[1:])),
        "label": label[part], "verdict": told[part],
    }).with_columns(pl.col(line.VALUES).round(2))  # fmt: skip
    truth = SurfaceTruth(
        label=kinds[part], masks=seen.masks, defects=_placed(defects, seen.shift, asked), verdict=verdict[part],
        chance=judged.chance[part], struck=judged.struck[part], wrong_labels=np.flatnonzero(wrong_labels[part]),
        wrong_verdicts=np.flatnonzero(wrong_verdicts[part]), least_errors=judged.least_errors,
        relations=line.RELATIONS, irrelevant=line.IRRELEVANT, twins=seen.twins,
    )  # fmt: skip
    return Surfaces(frame, truth)


def _kinds(rows: int, asked: SurfaceOptions, generator: np.random.Generator) -> np.ndarray:
    """What is on each part; two draws each, so that a share asked for moves no other part's draw."""
    bad = generator.random(rows) < asked.defective
    return np.where(bad, generator.choice(KINDS, rows, p=asked.weights), GOOD)


def _mistaken(
    true: np.ndarray, words: list[str], share: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The words as written down, and which of them are wrong."""
    wrong = generator.random(len(true)) < share
    number = np.array([words.index(word) for word in true]) + generator.integers(1, len(words), len(true))
    return np.where(wrong, np.array(words)[number % len(words)], true), wrong


@dataclass(frozen=True)
class _Seen:
    """Pictures (M, h, h[, 3]), masks (M, h, h), shifts (M, 2) and, if asked for, pictures without the defects."""

    pictures: np.ndarray
    masks: np.ndarray
    shift: np.ndarray
    twins: np.ndarray | None


def _rendered(
    rows: int, defects: pl.DataFrame, asked: SurfaceOptions, *, seed: int, streams: list[np.random.Generator]
) -> _Seen:
    """Block by block, each with a stream of its own; only the defects of the block are drawn."""
    total, shape = rows * asked.exposures, (asked.side, asked.side, *([3] if asked.colour else []))
    out = _Seen(
        np.empty((total, *shape), np.uint8), np.zeros((total, *shape[:2]), bool), np.empty((total, 2), np.int64),
        np.empty((total, *shape), np.uint8) if asked.twins else None,
    )  # fmt: skip
    side = asked.side + 2 * camera.margin(asked)
    for start, stream in zip(range(0, rows, BLOCK), streams, strict=True):
        count = min(BLOCK, rows - start)
        scenes = textures.scenes(BLOCK, side, asked, product=seed, generator=stream)
        taken = camera.shots(BLOCK * asked.exposures, asked, stream).only(slice(count * asked.exposures))
        part = np.repeat(np.arange(count), asked.exposures)
        place = slice(start * asked.exposures, (start + count) * asked.exposures)
        if out.twins is not None:
            out.twins[place] = camera.pictures(scenes.reflectance[part], taken).reshape(-1, *shape)
        own = defects.filter(pl.col("row").is_between(start, start + count - 1)).with_columns(pl.col("row") - start)
        cover = scarred(scenes.reflectance, scenes.grain, own)
        out.pictures[place] = camera.pictures(scenes.reflectance[part], taken).reshape(-1, *shape)
        out.masks[place] = camera.masks(cover[part], taken)
        out.shift[place] = taken.shift
    return out


def _placed(defects: pl.DataFrame, shift: np.ndarray, asked: SurfaceOptions) -> pl.DataFrame:
    """Defects of parts -> defects of pictures, in each picture's own pixels."""
    margin = camera.margin(asked)
    views = pl.DataFrame({"picture": np.arange(len(shift)), "down": shift[:, 0], "right": shift[:, 1]}).with_columns(
        row=pl.col("picture") // asked.exposures
    )
    return defects.join(views, on="row", maintain_order="left_right").select(
        pl.col("picture").alias("row"), "kind", pl.col("x") - margin - pl.col("right"),
        pl.col("y") - margin - pl.col("down"), "size", "aspect", "angle", "strength", "contrast",
    ).sort("row", maintain_order=True)  # fmt: skip
