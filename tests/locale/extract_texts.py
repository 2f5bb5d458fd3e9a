"""What the code says, read from the code: marked texts through Babel, sentences of findings through the syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.extract import extract_from_dir

SOURCE = Path(__file__).parents[2] / "src" / "andon"
KEYWORDS = {"say": None, "mark": None, "many": (1, 2)}
"""`say("…")` and `mark("…")` take one text, `say.many("…", "…", count)` two."""


def marked() -> set[str | tuple[str, str]]:
    """Every text marked for translation anywhere in the package; pairs are singular and plural."""
    found: set[str | tuple[str, str]] = set()
    for _, _, message, _, _ in extract_from_dir(str(SOURCE), [("**.py", "python")], keywords=KEYWORDS):
        found.add(message if isinstance(message, str) else (message[0], message[1]))
    return found


def sentences(room: str, keywords: tuple[str, ...]) -> set[str]:
    """Templates of the sentences that a room's code hands on under these argument names; those of errors are not meant.

    An expression within an f-string becomes a place, named after it where it is a name. Texts that stand in such a
    place by way of a local name or a choice (`'rises' if up else 'falls'`) are phrases of their own.
    """
    found: set[str] = set()
    for path in sorted((SOURCE / room).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        constants = _assigned(tree.body)
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            names = {**constants, **_assigned(list(ast.walk(function)))}
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") not in ("of", "at"):
                    for argument in node.keywords:
                        if argument.arg in keywords:
                            found |= set(_texts(argument.value, names))
    return {text for text in found if re.search("[a-z]{2}", re.sub(r"\{\w+\}", "", text))}


def _assigned(nodes: Sequence[ast.AST]) -> dict[str, list[ast.expr]]:
    """Values given to plain names."""
    given: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(node.value)
    return given


def _texts(node: ast.expr, names: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Texts an expression can give, and the phrases within them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _numbered(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield _template(node)
        for piece in node.values:
            if isinstance(piece, ast.FormattedValue):
                yield from _texts(piece.value, names)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, names)
        yield from _texts(node.orelse, names)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _texts(node.left, names)
        yield from _texts(node.right, names)
    elif isinstance(node, ast.Name) and node.id in names:
        rest = {name: values for name, values in names.items() if name != node.id}
        for value in names[node.id]:
            yield from _texts(value, rest)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        yield from _texts(node.func.value, names)


def _numbered(text: str) -> str:
    """Places without a name, as `{}`, are numbered; doubled braces stay braces."""
    numbers = iter(range(1, 100))
    return re.sub(r"\{\}", lambda _: f"{{value{next(numbers)}}}", text)


def _template(node: ast.JoinedStr) -> str:
    """An f-string with its expressions as places."""
    parts: list[str] = []
    number = 0
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            parts.append(str(piece.value))
            continue
        assert isinstance(piece, ast.FormattedValue)
        inner = piece.value
        number += 1
        named = inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
        parts.append(f"{{{named or f'value{number}'}}}")
    return "".join(parts)


def notes() -> set[str]:
    """Templates of what reading tells: text and advice of every `Note`."""
    found: set[str] = set()
    for path in sorted((SOURCE / "records").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        constants = _assigned(tree.body)
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            names = {**constants, **_assigned(list(ast.walk(function)))}
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                    found |= {text for argument in node.args[3:] for text in _texts(argument, names)}
    return {text.rstrip(".") for text in found if re.search("[a-z]{2}", re.sub(r"\{\w+\}", "", text))}
