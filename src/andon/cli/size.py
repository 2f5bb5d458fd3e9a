"""`andon size`: weights, memory and time of a run before it begins."""

from __future__ import annotations

from typing import Annotated

import typer


def run(
    job: Annotated[str, typer.Argument(help="A job, or a plan (.yaml).")],
    words: Annotated[list[str] | None, typer.Argument(help="The data, then settings as key.path=value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Say how large and how long a run will be, from a few measured steps."""
    from andon.api.size import size_words
    from andon.cli import say

    found = size_words(job, words or [])
    if as_json:
        say.as_json(found)
        return
    say.table(["", ""], [[k.replace("_", " "), v] for k, v in found.items()])
