"""`andon evaluate`: judges a run on records with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    data: Annotated[str, typer.Argument(help="File, folder or glob with the target column.")],
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Measure a run on new records."""
    from andon.api.evaluate import evaluate
    from andon.cli import say

    metrics = evaluate(run, data)
    if as_json:
        say.as_json(metrics)
        return
    rows = [
        [n, say.number(m["value"]), f"{say.number(m['low'])} … {say.number(m['high'])}"]
        for n, m in metrics["metrics"].items()
    ]
    say.measured(["metric", "value", "interval (95 %)"], rows)
