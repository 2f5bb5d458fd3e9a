"""Reads a plan from YAML: line numbers kept, every mistake one sentence with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from andon.errors import Problem
from andon.plan.asked import Asked, settle
from andon.plan.scalars import plain, word

MOST_NODES = 100_000
"""A plan has tens of values; aliases that unfold to more are a mistake or an attack."""


def read_file(path: str | Path) -> Asked:
    """Read a plan. Raises `Problem` if the file is not there, no text or no YAML, `SettingProblem` for what it says."""
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise Problem.of("there is no such plan", where=str(path), fix="make one with `andon new JOB DATA`") from None
    except OSError as error:
        raise Problem.of(
            "the plan cannot be read", where=str(path), why=error.strerror or "", fix="name a readable YAML file"
        ) from None
    return from_text(_decode(content, str(path)), str(path))


def _decode(content: bytes, origin: str) -> str:
    """UTF-8 with or without its mark, and UTF-16 with one, as editors on Windows save it."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Problem.of(
            "this is not UTF-8", where=f"{origin}, line {line}", why=f"byte {error.start}", fix="save the plan as UTF-8"
        ) from None


def from_text(text: str, origin: str) -> Asked:
    """Read a plan from its text; `origin` is the file's name for errors."""
    document = _parse(text, origin)
    if document is None:
        return Asked({}, origin, {}, text)
    if not isinstance(document, CommentedMap):
        raise Problem.of(
            "this is not a plan", where=f"{origin}, line 1", why="it must be a mapping of settings",
            fix="begin with 'job: classify'; `andon new JOB DATA` writes a whole one",
        )  # fmt: skip
    lines: dict[str, int] = {}
    try:
        _note_lines(document, "", lines)
        raw = plain(document)
    except ValueError as error:
        last = f", line {max(lines.values())}" if lines else ""
        raise Problem.of(
            "this cannot be used in a plan", where=f"{origin}{last}", why=str(error), fix="write a plain value"
        ) from None
    return settle(raw, origin=origin, lines=lines, text=text)


def _parse(text: str, origin: str) -> Any:
    """The YAML document, or a `Problem` that names the line."""
    try:
        return YAML(pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{origin}, line {mark.line + 1}" if mark else origin
        what, fix = _say(error.problem or error.context or "")
        raise Problem.of(what, where=where, why=(error.problem or "").partition("\n")[0], fix=fix) from None
    except RecursionError:
        raise Problem.of(
            "this is not a plan", where=origin, why="it is nested too deeply", fix="write it flat"
        ) from None
    except (YAMLError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise Problem.of("this is not YAML", where=origin, why=reason, fix="write plain text and numbers") from None


def _say(problem: str) -> tuple[str, str]:
    """What a YAML error means to someone who doesn't know YAML's grammar."""
    if "\\t" in problem:
        return "a tab is used for indenting", "use spaces"
    if "duplicate key" in problem:
        return "a setting is given twice", "keep one of them"
    if "mapping values are not allowed" in problem:
        return "this is not YAML", "indent alike what belongs together, and put text with a colon in quotes"
    if "could not find expected ':'" in problem:
        return "this is not YAML", "put ': ' between a name and its value"
    if "undefined alias" in problem or "%" in problem or "cannot start any token" in problem:
        return "this is not YAML", "put text that begins with a special sign in quotes"
    if "another document" in problem:
        return "there is more than one document", "remove the line '---' and what follows"
    return "this is not YAML", "close every bracket and quote, and indent alike what belongs together"


def _note_lines(node: Any, path: str, lines: dict[str, int], depth: int = 0) -> None:
    """Note the line of every path. Aliases unfold here, so this is also where a plan of millions of values stops."""
    if len(lines) > MOST_NODES or depth > 50:
        raise ValueError("it unfolds to more values than any plan has")
    if isinstance(node, CommentedMap):
        for name, value in node.items():
            here = f"{path}.{word(name)}" if path else word(name)
            if name in node.lc.data:
                lines[here] = node.lc.key(name)[0] + 1
            else:  # merged in with `<<`
                lines.setdefault(here, node.lc.line + 1)
            _note_lines(value, here, lines, depth + 1)
    elif isinstance(node, CommentedSeq):
        for number, value in enumerate(node):
            lines[f"{path}.{number}"] = node.lc.item(number)[0] + 1
            _note_lines(value, f"{path}.{number}", lines, depth + 1)
    else:
        plain(node)  # stops here, at its line, for a tag
