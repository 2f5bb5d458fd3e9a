"""Values that are no measurements: constants, not-finite numbers, codes for "no value", physical impossibilities."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from andon.checks.facts import Draft, Facts, Floats
from andon.checks.finding import Finding

NINES = (99.0, 999.0, 9999.0, 99999.0, 999999.0, 999.9, 999.99, 9999.99, 8888.0, 7777.0, 1e9, 1e20, 9.96921e36)
REGISTERS = (-1.0, 255.0, 4095.0, 32767.0, -32768.0, 65535.0, 2147483647.0, -2147483648.0, 4294967295.0, -200.0, 850.0)
CODES = (*NINES, *(-number for number in NINES), *REGISTERS)
"""Numbers that loggers, converters and databases write where there is no value: runs of nines, the ends of 8, 12, 16
and 32 bit registers, a broken thermocouple (-200 °C, 850 °C)."""

TEMPERATURE = re.compile(r"temp|温度", re.I)
HUMIDITY = re.compile(r"humid|湿度|(?<![a-z])rh(?![a-z])", re.I)


def values(facts: Facts) -> list[Finding | Draft]:
    """Constant columns, not-finite cells, stand-in codes and impossible readings."""
    found: list[Finding | Draft] = []
    for column in facts.inputs("number", "category", "date"):
        constant = _constant(facts, column.name)
        if constant:
            found.append(constant)
    held = set(facts.sample.columns)
    for name in facts.summary.numbers:
        if name in held and facts.records.the("weight") != name:
            found += _not_finite(facts, name) + _codes(facts, name) + _impossible(facts, name)
    return found


def _constant(facts: Facts, name: str) -> Finding | None:
    """A column with one value, or nearly so."""
    sample = facts.sample[name].drop_nulls()
    if not len(sample) or facts.rows < 2:
        return None
    summary = facts.summary
    if name in summary.numbers:
        one = summary.numbers[name].low == summary.numbers[name].high and not summary.numbers[name].not_finite
    elif name in summary.categories:
        one = len(summary.categories[name].counts) == 1 and not summary.categories[name].overflow
    else:
        one = summary.dates[name].low == summary.dates[name].high if name in summary.dates else sample.n_unique() == 1
    if one:
        return Finding(
            level="warning",
            code="constant",
            column=name,
            rows=facts.rows,
            what=f"'{name}' is {sample[0]!r} in every row",
            why="what never changes explains nothing; a sensor that never moves may be stuck or not connected",
            fix=f"check the sensor; leave it out with known.ignore: ['{name}'] if this is how it should be",
        )
    share = float(sample.alias("value").value_counts()["count"].max()) / len(sample)  # type: ignore[arg-type]
    if share >= 0.999 and len(sample) >= 1000:
        return Finding(
            level="info",
            code="nearly_constant",
            column=name,
            rows=round(share * facts.rows),
            what=f"'{name}' has one value in {100 * share:.4g} % of the rows",
            why="the rest is too rare to learn from, and any new value will look strange to the network",
            fix="leave it out, or collect more rows in which it moves",
            figures={"share": share},
        )
    return None


def _not_finite(facts: Facts, name: str) -> list[Draft]:
    """NaN or infinity written where a number should be."""
    if not facts.summary.numbers[name].not_finite:
        return []
    finding = Finding(
        level="warning",
        code="not_finite",
        column=name,
        what=f"'{name}' is infinite or not a number in {{rows}} rows ({{share}})",
        why="one such cell would turn every sum it enters into nonsense; it is read as missing",
        fix="look for a division by zero or an overflow in the program that writes this column",
    )
    return [Draft(finding, pl.col(name).cast(pl.Float64).is_finite().not_())]


def _codes(facts: Facts, name: str) -> list[Draft]:
    """One draft per stand-in code of a column."""
    codes, first, last = stand_in_codes(facts, name)
    return [_code(name, code, first, last) for code in codes]


def stand_in_codes(facts: Facts, name: str) -> tuple[list[float], float, float]:
    """Known "no value" numbers at the edge of a column, far from all readings; then the lowest and highest reading."""
    known = facts.summary.numbers[name]
    low, high = known.low, known.high
    if low not in CODES and high not in CODES:
        return [], low, high
    sample = facts.numbers(name)
    sample = sample[~np.isnan(sample)]
    if len(sample) < 20 or low == high:
        return [], low, high
    held = set(np.unique(sample).tolist()) | {low, high}
    codes = sorted(held.intersection(CODES))
    real = sample[~np.isin(sample, codes)]
    if not codes or len(real) < max(20, 0.3 * len(sample)):
        return [], low, high
    first, last = float(real.min()), float(real.max())
    width = max(float(np.subtract(*np.quantile(real, [0.95, 0.05]))), 1e-12)
    # -1 and -200 are plain readings of a signal that goes below zero; only a column that never does uses them as codes.
    odd = [
        code for code in codes if (code < first - _far(code, first, width)) or (code > last + _far(code, last, width))
    ]
    return odd, first, last


def _far(code: float, edge: float, width: float) -> float:
    """How far a code must be from the nearest reading: more than the readings' own width, and for small codes an edge
    that stays on the other side of zero."""
    if code == -1.0:
        return 0.5 if edge >= 0 and width > 5 else np.inf
    return 1.0 * width


def _code(name: str, code: float, first: float, last: float) -> Draft:
    """The finding for one code of one column."""
    finding = Finding(
        level="warning",
        code="stand_in_value",
        column=name,
        what=f"'{name}' is {code:g} in {{rows}} rows ({{share}}); all other readings lie from {first:g} to {last:g}",
        why=f"{code:g} is what loggers write for 'no value'; taken as a reading it bends means and scaling",
        fix="make these cells empty where the data is read; "
        f"add checks: {{'{name}': {{range: [{first:g}, {last:g}]}}}}",
        figures={"value": code, "low": first, "high": last},
    )
    return Draft(finding, pl.col(name) == code)


def _impossible(facts: Facts, name: str) -> list[Draft]:
    """Readings below absolute zero, and relative humidity outside 0 to 100 %."""
    low, high = facts.summary.numbers[name].low, facts.summary.numbers[name].high
    if TEMPERATURE.search(name) and low < -273.15 and low > -1e4:
        rule, mask = "below absolute zero (-273.15 °C)", pl.col(name) < -273.15
    elif (
        HUMIDITY.search(name) and (low < 0 or high > 110) and low > -1e4 and high < 1e4 and _mostly_percent(facts, name)
    ):
        rule, mask = "outside 0 to 100 %", (pl.col(name) < 0) | (pl.col(name) > 110)
    else:
        return []
    finding = Finding(
        level="warning",
        code="impossible_value",
        column=name,
        what=f"'{name}' is {rule} in {{rows}} rows ({{share}})",
        why="no plant can measure this, so the sensor, its wiring or its conversion is wrong there",
        fix=f"add checks: {{'{name}': {{range: […]}}}} with the true limits, and treat these cells as missing",
        figures={"low": low, "high": high},
    )
    return [Draft(finding, mask, largest_share=0.2)]


def _mostly_percent(facts: Facts, name: str) -> bool:
    """Whether the bulk of a column reads as per cent."""
    inside: Floats = facts.numbers(name)
    return bool(np.nanmean((inside >= 0) & (inside <= 110)) > 0.9)
