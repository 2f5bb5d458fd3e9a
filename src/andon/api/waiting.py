"""What is being done while nothing else shows it: a spinner with words and seconds on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def waiting(words: str, *, quiet: bool = False, said: bool = False) -> Iterator[None]:
    """Around what takes its time. Where there is no terminal it says nothing, or the words alone (`said`)."""
    if quiet or not sys.stderr.isatty():
        if said and not quiet:
            print(words, file=sys.stderr, flush=True)  # noqa: T201
        yield
        return
    from rich.console import Console  # not needed by scripts, which start faster without it
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(words, total=None)
        yield
