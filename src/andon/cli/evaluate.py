"""`andon evaluate`: judges a run on records with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    data: Annotated[str, typer.Argument(help="File, folder or glob with the target column.")],
    events: Annotated[
        str | None,
        typer.Option(help="Failures, repairs and changes of these units; default: the list of training."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Measure a run on new records."""
    from andon.api.evaluate import evaluate
    from andon.cli import say

    metrics = evaluate(run, data, events=events)
    if as_json:
        say.as_json(metrics)
        return
    rows = [
        [n, say.number(m["value"]), f"{say.number(m['low'])} … {say.number(m['high'])}"]
        for n, m in metrics["metrics"].items()
    ]
    say.measured(["metric", "value", "interval (95 %)"], rows)
    if metrics["unknown"]:
        typer.echo(f"{metrics['rows']:,} rows are judged; of {metrics['unknown']:,} the truth is not known")
    if "truth" in metrics:
        typer.echo(f"life left: {metrics['truth']}")
