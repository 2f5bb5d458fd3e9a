"""How the command line speaks: plain lines, small tables, or JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import typer

COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


def as_json(value: Any) -> None:
    """Print one JSON document."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def as_line(value: Any) -> None:
    """Print one JSON document on a line of its own, at once."""
    typer.echo(msgspec.json.encode(value).decode())


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns; wide East Asian letters count twice."""
    lines = [[str(c) for c in row] for row in rows]
    widths = [max([_width(h), *(_width(line[i]) for line in lines)]) for i, h in enumerate(head)]
    for line in [list(head), *lines]:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())


def measured(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table of metrics, or why there is none."""
    if rows:
        table(head, rows)
    else:
        typer.echo("nothing was judged: of none of the rows that were kept for it the truth is known")


def of_rows(told: Iterable[tuple[int, str]]) -> list[str]:
    """A line per reason of rows that follow each other."""
    spans: list[tuple[int, int, str]] = []
    for row, reason in told:
        if spans and spans[-1][1:] == (row - 1, reason):
            spans[-1] = (spans[-1][0], row, reason)
        else:
            spans.append((row, row, reason))
    return [f"row {first}: {why}" if first == last else f"rows {first} to {last}: {why}" for first, last, why in spans]


def _width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def number(value: float | None) -> str:
    """Four digits that matter."""
    return "–" if value is None else f"{value:.4g}"
