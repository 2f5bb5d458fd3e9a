"""`andon check`: judges the data before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    data: Annotated[str, typer.Argument(help="File, folder, glob, or a plan (.yaml).")],
    settings: Annotated[list[str] | None, typer.Argument(help="Settings as key.path=value.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for findings.json and findings.html.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Find what is wrong with the records; exit code 1 if something must be mended first."""
    from andon.api.check import check_to_files
    from andon.cli import say

    checked, folder = check_to_files(data, settings or [], out)
    if as_json:
        say.as_json(checked.findings)
    else:
        say.table(["column", "kind", "role"], [[c.name, c.kind, c.role] for c in checked.columns[:60]])
        if len(checked.columns) > 60:
            typer.echo(f"… and {len(checked.columns) - 60} more columns (all are on the page)")
        typer.echo("")
        for finding in checked.findings:
            where = f" {finding.column}" if finding.column else ""
            typer.secho(f"{finding.level}{where}: {finding.what}", fg=say.COLOURS[finding.level])
            typer.echo(f"    why  {finding.why}\n    do   {finding.fix}")
        counts = {level: sum(f.level == level for f in checked.findings) for level in say.COLOURS}
        typer.echo(f"\n{checked.rows} rows; " + ", ".join(f"{n} {level}" for level, n in counts.items()))
        typer.echo(f"page  {folder / 'findings.html'}")
    raise typer.Exit(1 if any(f.level == "error" for f in checked.findings) else 0)
