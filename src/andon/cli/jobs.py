"""`andon jobs`: what can be asked."""

from __future__ import annotations

from typing import Annotated

import typer


def run(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """List the jobs and when to use each."""
    from andon.cli import say
    from andon.jobs import JOBS

    if as_json:
        say.as_json(JOBS)
        return
    say.table(["job", "what it does"], [[job.name, job.summary["en"]] for job in JOBS.values()])
    typer.echo("\nnext  andon new JOB DATA   looks at your data and writes a plan")
