"""`andon check`: judges the data before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from andon.api.labels import Labels
    from andon.records.records import Column

NOTHING = "nothing needs to be done"
PAIRS, LOOKS = 8, 15


def run(
    data: Annotated[str, typer.Argument(help="File, folder, glob, or a plan (.yaml).")],
    settings: Annotated[
        list[str] | None, typer.Argument(help="Settings as key.path=value; job=NAME: as this job would.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for findings.json and findings.html.")] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Look for wrong labels too: trains on parts, asks the rest.")
    ] = False,
    quiet: Annotated[bool, typer.Option(help="No progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Find what is wrong with the records; exit code 1 if something must be mended first."""
    from andon.api.check import check_to_files
    from andon.api.waiting import waiting
    from andon.checks.finding import counted
    from andon.cli import say

    with waiting("reading and checking the records", quiet=quiet or as_json or labels):
        checked, folder = check_to_files(data, settings or [], out, labels=labels, quiet=quiet or as_json)
    if as_json:
        say.as_json(checked.findings)
    else:
        say.table(["column", "kind", "role"], [[c.name, c.kind, _part(c)] for c in checked.columns[:60]])
        if len(checked.columns) > 60:
            typer.echo(f"… and {len(checked.columns) - 60} more columns (all are on the page)")
        typer.echo("")
        for finding in checked.findings:
            where = f" {finding.column}" if finding.column else ""
            typer.secho(f"{finding.level}{where}: {finding.what}", fg=say.COLOURS[finding.level])
            typer.echo(f"    why  {finding.why}" + (f"\n    do   {finding.fix}" if finding.fix != NOTHING else ""))
        typer.echo(f"\n{checked.rows:,} rows; {counted(checked.findings)}")
        if checked.labels is not None:
            suspects(checked.labels)
            typer.echo(f"list  {folder / 'suspects.csv'}")
        typer.echo(f"page  {folder / 'findings.html'}")
    raise typer.Exit(1 if any(f.level == "error" for f in checked.findings) else 0)


def _part(column: Column) -> str:
    """What a column is to the network: text is no input yet."""
    return "shown" if (column.kind, column.role) == ("text", "input") else column.role


def suspects(labels: Labels) -> None:
    """Print which classes are mixed up, and the rows to look at first."""
    from andon.cli import say

    typer.echo("")
    say.table(["label", "probably", "estimated rows"], [[a, b, f"{n:.1f}"] for a, b, n in labels.doubted.pairs[:PAIRS]])
    typer.echo("")
    rows = [
        [look.row, look.place, look.given, look.suggested, f"{look.p_given:.2f}", f"{look.p_suggested:.2f}",
         "suspect" if look.suspect else "", look.telling]
        for look in labels.doubted.looks[:LOOKS]
    ]  # fmt: skip
    heads = ["row", "where", "label", "probably", "p label", "p probably", "", "what speaks for it (label; probably)"]
    kept = [i for i in range(len(heads)) if any(row[i] not in ("", None) for row in rows)]
    say.table([heads[i] for i in kept], [[row[i] for i in kept] for row in rows])
