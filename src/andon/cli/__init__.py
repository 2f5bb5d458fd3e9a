"""The command line: one file per verb, no logic. Errors become one sentence and an exit code here and nowhere else."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from andon.errors import Problem, nearest

VERBS = (
    "demo", "jobs", "new", "check", "fit", "evaluate", "predict", "report", "compare", "size", "data", "doctor",
    "verify", "reproduce",
)  # fmt: skip

ClickException: type[Exception] = typer.BadParameter.__mro__[2]
"""Base of what Typer raises for words it cannot read. Typer carries its own click since 0.20 and another's before;
this is the one that is there."""

INTERRUPTED = 130

app = typer.Typer(
    name="andon",
    help="From a factory's records to a network at the line. Start with `andon demo`, or `andon new JOB DATA`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for verb in VERBS:
    app.command(verb)(import_module(f"andon.cli.{verb}").run)


@app.callback()
def options(debug: bool = typer.Option(False, help="Show tracebacks.")) -> None:
    """From a factory's records to a network at the line."""


def main(words: list[str] | None = None) -> None:
    """Entry point of `andon`. Exit codes: 0 done, 1 refused, 2 asked wrongly, 3 data, 4 run, 130 interrupted."""
    words = sys.argv[1:] if words is None else words
    for stream in (sys.stdout, sys.stderr):  # a console with an old code page must not break Chinese words
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(_run([w for w in words if w != "--debug"], debug="--debug" in words))


def _run(words: list[str], *, debug: bool) -> int:
    """Run one command; give its exit code."""
    verb = next((w for w in words if not w.startswith("-")), None)
    try:
        if verb is not None and verb not in VERBS:
            raise Problem.of(f"'{verb}' is not a command", fix=nearest(verb, VERBS))
        code = int(app(words, standalone_mode=False) or 0)
        if code == INTERRUPTED:  # Typer takes the interrupt and gives a number
            raise KeyboardInterrupt
        return code
    except ClickException as error:
        _say(f"{str(error).rstrip('.')}. See `andon {verb or ''} --help`.".replace("  ", " "))
        return 2
    except (KeyboardInterrupt, typer.Abort):
        _say(f"interrupted; the same command {'begins anew' if verb == 'check' else 'goes on where it stopped'}.")
        return INTERRUPTED
    except BrokenPipeError:
        return 0
    except Problem as problem:
        if debug:
            raise
        _say(str(problem))
        return problem.exit_code
    except ModuleNotFoundError as error:
        missing = _lacking(error)
        if debug or not missing:
            raise
        _say(
            f"'{verb}' needs what training needs, and '{missing}' is not installed. Get it: pip install 'andon[train]'."
        )
        return 2
    except (MemoryError, OSError) as error:
        if debug:
            raise
        _say(_system(error))
        return 3


def _say(sentence: str) -> None:
    typer.secho(f"andon: {sentence}", err=True, fg="red")


def _lacking(error: ModuleNotFoundError) -> str:
    """The package of the training extra that is not there; empty if it is none of these."""
    from andon.api.doctor import TRAINING

    name = (error.name or "").split(".")[0]
    return name if name in TRAINING else ""


def _system(error: BaseException) -> str:
    """One sentence for what the system refused."""
    if isinstance(error, MemoryError):
        return "the memory is used up. Close other programs, or train on fewer rows or a smaller size."
    name = getattr(error, "filename", None)
    where = f"{name}: " if name else ""
    return f"{where}{getattr(error, 'strerror', None) or error}. Check the path, its rights and the space on the disk."
