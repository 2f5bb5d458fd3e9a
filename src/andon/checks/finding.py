"""`Finding`: what a check has to say: how bad, where, what, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")


class Finding(Struct, frozen=True, kw_only=True):
    """One thing found in the data. `andon check` leaves with exit code 1 if any has level `error`."""

    level: Level
    code: str
    "Stable name of the check, as `duplicate_rows`."
    column: str = ""
    unit: str = ""
    rows: int = 0
    "How many rows it concerns."
    first_rows: list[int] = field(default_factory=list)
    "Row numbers, counted from 0, of the first few."
    what: str
    why: str
    fix: str
    figures: dict[str, float] = field(default_factory=dict)
    "Measured values behind the sentence (shares, AUROC, distances)."
    columns: list[str] = field(default_factory=list)
    "All columns concerned, where one finding speaks for several."


def order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then warnings, then infos; within a level in the order the checks found them."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def counted(findings: Iterable[Finding]) -> str:
    """How many there are of each level."""
    levels = [finding.level for finding in findings]
    counts = [(levels.count(level), level) for level in LEVELS]
    return ", ".join(f"{n} {level if n == 1 or level == 'info' else level + 's'}" for n, level in counts)


def gather(findings: Iterable[Finding], most: int = 5) -> list[Finding]:
    """Join findings that say the same of more than `most` columns into one that lists the columns, so that a table
    with 600 sensors doesn't answer with 600 sentences. The largest case lends its sentence as the example."""
    found = list(findings)
    kin: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        if finding.column and finding.level != "error":  # each error is to be mended on its own
            kin.setdefault((finding.code, finding.level), []).append(finding)
    joined: list[Finding] = []
    for finding in found:
        same = kin.get((finding.code, finding.level), [])
        if finding.level == "error" or not finding.column or len(same) <= most:
            joined.append(finding)
        elif finding is same[0]:
            joined.append(_one_for_all(same))
    return joined


def _one_for_all(same: list[Finding]) -> Finding:
    """One finding for many columns; `rows` is the largest of theirs, since rows may be shared."""
    worst = max(same, key=lambda finding: finding.rows)
    names = list(dict.fromkeys(name for finding in same for name in (finding.columns or [finding.column])))
    listed = ", ".join(f"'{name}'" for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    what = f"{len(names)} columns: {listed}. For example: {worst.what}"
    return replace(worst, column="", columns=names, what=what, figures={**worst.figures, "columns": float(len(names))})
