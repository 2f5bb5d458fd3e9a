"""Tables whose numbers stand on their decimal point, without a script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from andon.report.html import tag


@dataclass(frozen=True)
class Num:
    """A number as already said (`96.4%`); a table sets it on its decimal point."""

    said: str

    @property
    def whole(self) -> str:
        """What stands in front of the point, or of where it would be."""
        found = re.match(r"[^\d–]*[\d,]*–?", self.said)
        return found[0] if found else self.said

    @property
    def rest(self) -> str:
        """The point and what follows: digits, percent sign, unit."""
        return self.said[len(self.whole) :]


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Markup:
    """A table with a head; a column whose cells are `Num` is set in figures. The first cell of a row is its name."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(heads)
    widths = [max((len(c.rest) for c in column if isinstance(c, Num)), default=-1) for column in columns]
    head = [
        tag("th", text, scope="col", class_="num" if w >= 0 else None) for text, w in zip(heads, widths, strict=True)
    ]
    body = [tag("tr", *[_cell(cell, w, i) for i, (cell, w) in enumerate(zip(r, widths, strict=True))]) for r in rows]
    whole = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body))
    return tag("div", whole, class_="scroll")


def _cell(cell: object, width: int, column: int) -> Markup:
    """One cell. The digits behind the point share one width per column, so that the points stand in line."""
    name = "th" if column == 0 else "td"
    scope = "row" if column == 0 else None
    if not isinstance(cell, Num):
        return tag(name, cell, scope=scope, class_="num" if width >= 0 else None)
    rest = tag("span", cell.rest, style=f"width:{width}ch") if width else None
    return tag(name, cell.whole, rest, scope=scope, class_="num")
