"""What can be asked of the simulated line."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from andon.errors import at_least, within


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the line behaves and how badly its records are kept. The defaults are a line with an honest clerk: a few
    missing cells, three columns that matter to nothing."""

    failure_rate: float = 0.05
    "Expected share of parts that are not good."
    blur: float = 1.0
    "How far chance decides, not the columns; 0: a part fails exactly where a limit is passed, 3: mostly chance."
    noise_columns: int = 3
    "Columns without any effect on anything."
    followers: bool = True
    "Measured consequences of the settings (injection pressure, cushion, cycle time): they say much and cause nothing."
    missing: float = 0.01
    "Share of the sensor cells that are empty."
    wrong_labels: float = 0.0
    "Share of the verdicts that are turned round."
    duplicates: float = 0.0
    "Share of the rows that are there a second time."
    unit_jumps: int = 0
    "Stretches of rows (at most 2) in which a machine writes °F for °C, then one with kPa for bar."
    leaks: bool = False
    "Columns that exist only after the verdict: rework code and minutes of inspection."
    language: Literal["en", "zh"] = "en"
    "Of the column headings and words."

    def __post_init__(self) -> None:
        within("failure_rate", self.failure_rate, 1e-4, 0.9)
        within("blur", self.blur, 0.0, 10.0)
        within("noise_columns", self.noise_columns, 0, 200)
        for name in ("missing", "wrong_labels", "duplicates"):
            within(name, getattr(self, name), 0.0, 0.5)
        within("unit_jumps", self.unit_jumps, 0, 2)


def check_rows(rows: int) -> None:
    """At least ten rows, so that rates mean something."""
    at_least("rows", rows, 10)
