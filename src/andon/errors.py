"""The few kinds of error. Each is one sentence of four parts: what, where, why, what to do.

`Problem` and its kinds are mistakes that the user, the data or a run made; the command line prints them without a
traceback and leaves with their exit code. Our own mistakes are `assert`s. The two are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class Problem(ValueError):
    """Something the user asked that cannot be done (exit code 2). Takes one text, so it crosses process borders."""

    exit_code = 2

    @classmethod
    def of(cls, what: str, *, where: str = "", why: str = "", fix: str = "") -> Self:
        """Build the sentence: `where: what, why. Fix.` Parts left empty are left out."""
        sentence = f"{where}: {what}" if where else what
        if why:
            sentence += f" ({why})"
        sentence = sentence.rstrip(".") + "."
        if not fix:
            return cls(sentence)
        advice = f"{fix[0].upper()}{fix[1:].rstrip('.')}"
        return cls(f"{sentence} {advice}" if advice.endswith("?") else f"{sentence} {advice}.")


class SettingProblem(Problem):
    """A setting of a plan is wrong. `key` is its dotted path (`train.epochs`, `clean.1.limit`), so that the reader
    of the plan can put file and line in front."""

    key: str = ""

    @classmethod
    def at(cls, key: str, what: str, *, why: str = "", fix: str = "") -> Self:
        """Name the setting by its path; `plan.reading` turns it into file and line where there is a file."""
        problem = cls.of(what, why=why, fix=fix)
        problem.key = key
        return problem


class DataProblem(Problem):
    """The data cannot be read (exit code 3): names the file and its row, byte or column."""

    exit_code = 3


class RunProblem(Problem):
    """A run folder or packed file is broken, half done or of another version (exit code 4)."""

    exit_code = 4


class Refused(Problem):
    """Judged and refused (exit code 1): findings of level error, parity, a gate."""

    exit_code = 1


def at_least(key: str, value: float, least: float) -> None:
    """Raise `SettingProblem` unless `value >= least`; written this way round so that NaN fails too."""
    if not value >= least:
        raise SettingProblem.at(key, f"'{key}' is {value!r}", why=f"it must be {least} or more", fix=f"raise '{key}'")


def within(key: str, value: float, low: float, high: float) -> None:
    """Raise `SettingProblem` unless `low <= value <= high`."""
    if not low <= value <= high:
        raise SettingProblem.at(
            key, f"'{key}' is {value!r}", why=f"it must lie between {low} and {high}", fix=f"change '{key}'"
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant: `Did you mean 'x'?`, else the list of those there are."""
    import difflib  # here, since a box at the line that only answers starts sooner without it

    words = sorted(set(known))
    folded = {w.lower(): w for w in words}
    close = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    if not close:  # `lr` is no near spelling of `learning_rate`, but its initials say it
        close = [w for w in folded if "".join(p[:1] for p in w.rsplit(".", 1)[-1].split("_")) == word.lower()][:1]
    if close:
        return f"Did you mean '{folded[close[0]]}'?"
    return f"Known are: {', '.join(words)}." if len(words) <= 30 else f"There are {len(words)}; see `andon --help`."
