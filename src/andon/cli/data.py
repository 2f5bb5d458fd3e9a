"""`andon data`: prepares a public data set from a local folder, with checksum and licence shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    name: Annotated[str, typer.Argument(help="Name of the set; `list` shows them.")],
    source: Annotated[Path | None, typer.Option("--from", help="Folder with the sets; default: ANDON_DATA.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; default: ./NAME.")] = None,
) -> None:
    """Prepare a public set for a first try."""
    from andon.api.data import SETS, prepare
    from andon.cli import say

    if name == "list":
        say.table(["set", "job", "target"], [[s.name, s.job, s.target] for s in SETS.values()])
        return
    done = prepare(name, source, out)
    typer.echo(f"{done.licence}\n\nsha256  {done.checksum}\nfile    {done.path}\nnext    {done.next}")
