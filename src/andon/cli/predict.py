"""`andon predict`: answers for new rows, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    data: Annotated[str, typer.Argument(help="File, folder or glob.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Answers as .csv, .parquet or .jsonl; default: in this folder, called after the data."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Answer every good row, list every bad one with its reason; order is kept."""
    from andon.api.predict import predict_to_file
    from andon.cli import say

    done = predict_to_file(run, data, out)
    if as_json:
        say.as_json({"rows": done.rows, "answered": done.rows - done.bad, "bad": done.bad, "out": str(done.out)})
        return
    for row, reason in done.first_bad:
        typer.secho(f"row {row}: {reason}", fg="yellow")
    if done.bad > len(done.first_bad):
        typer.secho(f"… and {done.bad - len(done.first_bad)} more rows without an answer", fg="yellow")
    typer.echo(f"{done.rows - done.bad} of {done.rows} rows answered: {done.out}")
