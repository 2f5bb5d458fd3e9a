"""`andon predict`: answers for new rows, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EVERY = 2.0
"""Seconds between two lines about a file that is followed."""


def run(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    data: Annotated[str, typer.Argument(help="File, folder or glob.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Answers as .csv, .parquet or .jsonl; default: in this folder, called after the data."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with the rows that are appended to a .csv or .jsonl file.")
    ] = False,
    events: Annotated[
        str | None,
        typer.Option(help="Failures, repairs and changes of these units; default: the list of training."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Answer every good row, list every bad one with its reason; order is kept. Exit code 3 if no row is answered."""
    from andon.api.predict import predict_to_file
    from andon.api.waiting import waiting
    from andon.cli import say
    from andon.errors import DataProblem

    if follow:
        _follow(run, data, out, events, as_json=as_json)
    with waiting("answering", quiet=as_json):
        done = predict_to_file(run, data, out, events=events)
    code = DataProblem.exit_code if 0 < done.rows == done.bad else 0
    if as_json:
        figures = {"rows": done.rows, "answered": done.rows - done.bad, "bad": done.bad, "out": str(done.out)}
        say.as_json(figures | {name: found for name in ("soonest", "told") if (found := getattr(done, name))})
        raise typer.Exit(code)
    for line in say.of_rows(done.first_bad):
        typer.secho(line, fg="yellow")
    if done.bad > len(done.first_bad):
        typer.secho(f"… and {done.bad - len(done.first_bad)} more rows without an answer", fg="yellow")
    for sentence in done.told:
        typer.secho(sentence, fg="yellow")
    if done.soonest:
        heads = list(done.soonest[0])
        say.table(heads, [[_shown(unit[name]) for name in heads] for unit in done.soonest])
        typer.echo("")
    typer.echo(f"{done.rows - done.bad} of {done.rows} rows answered: {done.out}")
    raise typer.Exit(code)


def _shown(value: object) -> str:
    """A cell of the table of units."""
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _follow(run: Path, data: str, out: Path | None, events: str | None, *, as_json: bool) -> None:
    """Answer new rows until interrupted; a line of figures now and then, or one of JSON after each look."""
    from time import monotonic

    from andon.api.following import follow
    from andon.cli import say

    told, rows = monotonic() - EVERY, -1
    for step in follow(run, data, out, events=events):
        for sentence in step.told:
            if not as_json:
                typer.secho(sentence, fg="yellow", err=True)
        for line in () if as_json else say.of_rows(step.first_bad):
            typer.secho(line, fg="yellow", err=True)
        if step.rows == rows or (monotonic() - told < EVERY and not step.waiting):
            continue
        told, rows = monotonic(), step.rows
        if as_json:
            say.as_line({"rows": step.rows, "answered": step.rows - step.bad, "bad": step.bad, "out": str(step.out)})
        else:
            rate = f"{step.rows_per_second:,.0f} a second"
            typer.echo(f"{step.rows - step.bad:,} of {step.rows:,} rows answered, {rate}: {step.out}")
