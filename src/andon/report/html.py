"""Markup that is escaped by construction: what is no `Markup` is text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from markupsafe import Markup, escape

from andon.locale.voice import NOTHING


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """One element. `class_` is class, `aria_label` is aria-label; children and attributes that are None are left out,
    every text among them is escaped."""
    given = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    inside = Markup("").join(escape(child) for child in children if child is not None)
    opening = Markup("").join(Markup(' {}="{}"').format(Markup(key), value) for key, value in given)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), opening, inside)


def together(parts: Iterable[object]) -> Markup:
    """Parts one after another."""
    return Markup("").join(escape(part) for part in parts)


def facts_list(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names and what they are; pairs with nothing to say are left out, long ones get a line of their own."""
    rows = [
        tag("div", tag("dt", name), tag("dd", value), class_="long" if len(str(value)) > 36 else None)
        for name, value in pairs
        if value not in (None, "", NOTHING)
    ]
    return tag("dl", *rows, class_="facts")


def folded(title: str, *inside: object) -> Markup:
    """A part that opens on a click, without a script, and lies open in print."""
    return tag("details", tag("summary", title), *inside)


def figure(title: str, picture: Markup, reading: str) -> Markup:
    """A picture under its title, with the one sentence that teaches how to read it."""
    return tag("figure", tag("h3", title), tag("div", picture, class_="picture"), tag("figcaption", reading))


def figures(*several: Markup | None) -> Markup:
    """Pictures, or a picture and its words, beside each other where the page is wide enough."""
    return tag("div", *several, class_="figures")


def jpeg(picture: object) -> str:
    """The bytes of a JPEG picture as an address that holds them."""
    picture = picture if isinstance(picture, bytes) else b""
    return f"data:image/jpeg;base64,{b64encode(picture).decode()}"


def code(text: str) -> Markup:
    """A command or a file, as written."""
    return tag("pre", tag("code", text))
