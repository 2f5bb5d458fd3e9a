"""The command line: one file per verb, no logic. Errors become one sentence and an exit code here and nowhere else."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from andon.errors import Problem

VERBS = (
    "demo", "jobs", "new", "check", "fit", "evaluate", "predict", "report", "compare", "size", "data", "doctor",
    "verify", "reproduce",
)  # fmt: skip

app = typer.Typer(
    name="andon",
    help="From a factory's records to a network at the line. Start with `andon demo`, or `andon new JOB DATA`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for verb in VERBS:
    app.command(verb)(getattr(import_module(f"andon.cli.{verb}"), "run"))  # noqa: B009


def main(words: list[str] | None = None) -> None:
    """Entry point of `andon`. Exit codes: 0 done, 1 refused, 2 asked wrongly, 3 data, 4 run, 130 interrupted."""
    words = sys.argv[1:] if words is None else words
    debug = "--debug" in words
    for stream in (sys.stdout, sys.stderr):  # a console with an old code page must not break Chinese words
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app([w for w in words if w != "--debug"], standalone_mode=True)
    except Problem as problem:
        if debug:
            raise
        typer.secho(f"andon: {problem}", err=True, fg="red")
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        typer.echo("andon: interrupted; the same command goes on where it stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except (MemoryError, OSError) as error:
        if debug:
            raise
        typer.secho(f"andon: {_system(error)}", err=True, fg="red")
        sys.exit(3)


def _system(error: BaseException) -> str:
    """One sentence for what the system refused."""
    if isinstance(error, MemoryError):
        return "the memory is used up. Close other programs, or train on fewer rows or a smaller size."
    name = getattr(error, "filename", None)
    where = f"{name}: " if name else ""
    return f"{where}{getattr(error, 'strerror', None) or error}. Check the path, its rights and the space on the disk."
