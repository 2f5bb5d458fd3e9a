"""`andon compare`: runs side by side on the rows they share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    runs: Annotated[list[Path], typer.Argument(help="Two or more run folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Compare runs: paired differences with intervals where they judged the same rows."""
    from andon.api.compare import compare
    from andon.cli import say

    rows = compare(runs)
    if as_json:
        say.as_json(rows)
        return
    say.table(
        ["run", "metric", "value", "difference to the first", "interval (95 %)", "verdict"],
        [
            [r["run"], r["metric"], say.number(r["value"]), say.number(r["difference"]),
             f"{say.number(r['low'])} … {say.number(r['high'])}" if r["low"] is not None else "", r["verdict"]]
            for r in rows
        ],
    )  # fmt: skip
