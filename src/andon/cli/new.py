"""`andon new`: looks at the data and writes a plan with the reason for each value."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    job: Annotated[str, typer.Argument(help="One of `andon jobs`.")],
    data: Annotated[str, typer.Argument(help="File, folder or glob.")],
    settings: Annotated[list[str] | None, typer.Argument(help="Settings as key.path=value.")] = None,
    out: Annotated[Path, typer.Option(help="Where to write the plan.")] = Path("plan.yaml"),
    force: Annotated[bool, typer.Option(help="Replace a plan that is there.")] = False,
) -> None:
    """Write a commented plan for your data."""
    from andon.api.new import new

    text = new(job, data, settings or [], out=out, force=force)
    typer.echo(text)
    typer.echo(f"# written to {out}\n# next: andon fit {out}")
