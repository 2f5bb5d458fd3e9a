"""From a picture's place to an array: bytes found, decoded and brought to one size. The one way that training and the
run-time share; NumPy and Pillow, no Polars. All names are loaded when first used, so that what only mentions the room
needs no Pillow."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from andon.pictures.decode import Head, decoded, head
    from andon.pictures.fitting import fitted
    from andon.pictures.place import Member, as_text, is_archive, is_picture, is_there, member_of, members, read_bytes

_HOME = {
    "Head": "decode", "decoded": "decode", "head": "decode",
    "fitted": "fitting",
    "Member": "place", "as_text": "place", "is_archive": "place", "is_picture": "place", "is_there": "place",
    "member_of": "place", "members": "place", "read_bytes": "place",
}  # fmt: skip

__all__ = [
    "Head",
    "Member",
    "as_text",
    "decoded",
    "fitted",
    "head",
    "is_archive",
    "is_picture",
    "is_there",
    "member_of",
    "members",
    "read_bytes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"andon.pictures.{_HOME[name]}"), name)
