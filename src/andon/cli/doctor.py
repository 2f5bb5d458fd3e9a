"""`andon doctor`: is everything here that is needed?"""

from __future__ import annotations

from typing import Annotated

import typer


def run(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Check the installation and the machine."""
    from andon.api.doctor import examine
    from andon.cli import say

    found = examine()
    if as_json:
        say.as_json(found)
    else:
        say.table(
            ["", "", ""],
            [
                ["ok" if f["ok"] else "!!", f["what"], f["found"] if f["ok"] else f"{f['found']}: {f['fix']}"]
                for f in found
            ],
        )
    raise typer.Exit(0 if all(f["ok"] or f["optional"] for f in found) else 1)
