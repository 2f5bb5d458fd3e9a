"""How records go bad: verdicts turned round, cells lost, rows twice, units changed, columns from after the fact."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from andon.simulate.options import Options

SENSORS = (
    "melt_temp_c", "mould_temp_c", "speed_mm_s", "holding_pressure_bar", "moisture_ppm", "clamp_force_kn",
    "injection_pressure_bar", "cushion_mm", "hall_temp_c", "humidity_pct",
)  # fmt: skip
"""Columns whose cells can be lost."""
JUMPS = {"melt_temp_c": (1.8, 32.0), "holding_pressure_bar": (100.0, 0.0)}
"""Factor and offset: °C to °F, bar to kPa."""


@dataclass(frozen=True)
class Spoilt:
    """What was spoilt where; rows are numbers in the final frame. `origin` (N,): number of the part behind each row."""

    origin: np.ndarray
    wrong: np.ndarray
    copies: np.ndarray
    missing: dict[str, np.ndarray] = field(default_factory=dict)
    jumps: dict[str, np.ndarray] = field(default_factory=dict)
    leaks: tuple[str, ...] = ()


def spoilt(
    frame: pl.DataFrame, code: np.ndarray, options: Options, *, generator: np.random.Generator
) -> tuple[pl.DataFrame, Spoilt]:
    """Spoil a clean frame as asked. `code` (N,): mechanism behind each true verdict."""
    rows = len(frame)
    leaks: tuple[str, ...] = ()
    minutes = np.where(code == "none", generator.gamma(4, 0.25, rows), generator.gamma(9, 1.0, rows)).round(1)
    turned = generator.random(rows) < options.wrong_labels
    frame = frame.with_columns(
        quality=pl.when(pl.Series(turned))
        .then(pl.when(pl.col("quality") == "ok").then(pl.lit("ng")).otherwise(pl.lit("ok")))
        .otherwise("quality")
    )
    if options.leaks:
        leaks = ("rework_code", "inspection_min")
        frame = frame.with_columns(rework_code=pl.Series(code), inspection_min=pl.Series(minutes))
    frame, jumps = _jumped(frame, options.unit_jumps, generator)
    lost = {name: generator.random(rows) < options.missing for name in SENSORS}
    frame = frame.with_columns(
        pl.when(pl.Series(gone)).then(None).otherwise(pl.col(name)).alias(name)
        for name, gone in lost.items() if name in frame.columns
    )  # fmt: skip
    twice = generator.random(rows) < options.duplicates
    order = np.sort(np.concatenate([np.arange(rows), np.flatnonzero(twice)]), kind="stable")
    copies = np.flatnonzero(order[1:] == order[:-1]) + 1

    def placed(marked: np.ndarray) -> np.ndarray:
        """Numbers in the final frame of the rows marked."""
        return np.flatnonzero(marked[order])

    return frame[order], Spoilt(
        origin=order, wrong=placed(turned), copies=copies, leaks=leaks,
        missing={name: placed(gone) for name, gone in lost.items() if name in frame.columns},
        jumps={name: placed(inside) for name, inside in jumps.items()},
    )  # fmt: skip


def _jumped(
    frame: pl.DataFrame, count: int, generator: np.random.Generator
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """One machine writes another unit for a tenth of the time."""
    rows, jumps = len(frame), {}
    for name, (factor, offset) in list(JUMPS.items())[:count]:
        start = int(generator.integers(rows // 10, rows - rows // 5))
        stretch = np.zeros(rows, bool)
        stretch[start : start + max(rows // 10, 5)] = True
        inside = stretch & (frame["machine"] == "IM-02").to_numpy()
        frame = frame.with_columns(
            pl.when(pl.Series(inside)).then((pl.col(name) * factor + offset).round(2)).otherwise(name).alias(name)
        )
        jumps[name] = inside
    return frame, jumps
