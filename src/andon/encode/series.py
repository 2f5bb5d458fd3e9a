"""Options of histories: the plan's one setting `series`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from andon.errors import SettingProblem, nearest, within
from andon.plan.kinds import describe

STEPS, FIRST = 160, 20
"""Rows of a window where the plan doesn't say, and of a history's beginning."""
LOOKBACKS = (40, 80, STEPS, 320, 640)
"""Among which a run looks for its own."""
Against = Literal["regime", "unit", "window"]
Between = Literal["last", "mean", "none"]
"""What stands between two readings of a slow sensor: the last one, the mean of those in the window so far, nothing."""


class Series(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the rows of a unit become its history."""

    lookback: int | Literal["auto"] = "auto"
    "Rows that a window holds, the newest included; auto: as many as tell validation lives best."
    first: int = FIRST
    "Rows at the beginning of a history that say what is usual for the unit; 0: none."
    gap: float | str | None = None
    "A history begins anew after a hole of more than this: `2 h` beside dates, a number where times are numbers."
    cap: float | Literal["auto"] = "auto"
    "Life left beyond which little can be told."
    beyond: float | Literal["auto"] = "auto"
    "What life left beyond the cap counts beside life below it; 0: answers end there. Auto: 0 where the plan has a cap."
    age: bool | Literal["auto"] = "auto"
    "Whether the time since a history began is looked at; auto: unless many lives are not seen to their end."
    align: Between | Literal["auto"] | dict[str, Between] = "auto"
    "What stands between two readings of a slow sensor: `last`, `mean` or `none`, for all or by sensor."
    against: Against = "regime"
    "What a reading is measured against: its regime; there, the unit's own `first` rows; or its own window."

    def __post_init__(self) -> None:
        if self.lookback != "auto":
            within("series.lookback", self.lookback, 1, 100_000)
        within("series.first", self.first, 0, 10_000)
        if self.against == "unit" and not self.first:
            raise SettingProblem.at(
                "series.against", "no first rows are kept that say what is usual for a unit",
                why="'series.first' is 0", fix="keep some: series={against: unit, first: 20}",
            )  # fmt: skip
        if self.cap != "auto" and not self.cap > 0:
            raise SettingProblem.at("series.cap", f"'series.cap' is {self.cap:g}", fix="give a life above nought")
        if self.beyond != "auto":
            within("series.beyond", self.beyond, 0, 1)


def read_series(node: Any) -> Series:
    """`auto`, a number (the lookback) or a mapping. Raises `SettingProblem`."""
    if node == "auto" or node is None:
        return Series()
    if isinstance(node, Series):
        return node
    if isinstance(node, int) and not isinstance(node, bool):
        return Series(lookback=node)
    if not isinstance(node, dict):
        raise SettingProblem.at("series", f"'series' is {node!r}", fix="write it as {lookback: 100}")
    for name in node:
        if name not in Series.__struct_fields__:
            raise SettingProblem.at(
                f"series.{name}", f"'series.{name}' is not a setting", fix=nearest(str(name), Series.__struct_fields__)
            )
    node = {name: "none" if name == "align" and value is None else value for name, value in node.items()}
    try:
        return msgspec.convert(node, Series)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, SettingProblem):  # it says where and why itself
            raise error.__cause__ from None
        where = str(error).rpartition("`$.")[2].rstrip("`") or "?"
        kind = next((f.type for f in msgspec.structs.fields(Series) if f.name == where), None)
        raise SettingProblem.at(
            f"series.{where}", f"'series.{where}' is {node.get(where)!r}",
            why=str(error).split(" - ")[0].lower() if kind is None else f"it must be {describe(kind)}",
            fix="see docs/histories.md" if kind is None else f"change 'series.{where}'",
        ) from None  # fmt: skip


def aligned(series: Series, columns: Sequence[str]) -> list[Between]:
    """What stands between readings of each column; `auto` where nobody chose: nothing. Raises `SettingProblem`."""
    if not isinstance(series.align, dict):
        return ["none" if series.align == "auto" else series.align] * len(columns)
    for name in series.align:
        if name not in columns:
            raise SettingProblem.at(
                f"series.align.{name}", f"'{name}' is no column that moves within a unit", fix=nearest(name, columns)
            )
    return [series.align.get(name, "none") for name in columns]
