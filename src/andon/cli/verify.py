"""`andon verify`: is every file of a run what its manifest says?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Compare the hashes of a run's files with its manifest."""
    from andon.errors import RunProblem
    from andon.run.folder import open_run

    changed = open_run(run).verify()
    if changed:
        raise RunProblem.of(
            f"{len(changed)} files are not what the manifest says", where=str(run), why=", ".join(changed[:5]),
            fix="restore them, or train again",
        )  # fmt: skip
    typer.echo(f"{run}: every file is as it was written")
