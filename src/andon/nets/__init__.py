"""Layers, encoders, families, heads, sizes: from a plan's `network` to a `Net`.

A new layer is a file in `layers/` and a line in `andon.layers.LAYERS`; a new family is a file in `families/` and a line
in `choice.FAMILIES`. What a plan's `auto` means needs no torch; the others load it when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from andon.nets.choice import FAMILIES, family_of, members_of

if TYPE_CHECKING:
    from andon.nets.assemble import build
    from andon.nets.heads import Finish
    from andon.nets.net import Net
    from andon.nets.sizes import Figures, figures

_LATER = {
    "build": "andon.nets.assemble", "Finish": "andon.nets.heads", "Net": "andon.nets.net",
    "Figures": "andon.nets.sizes", "figures": "andon.nets.sizes",
}  # fmt: skip

__all__ = ["FAMILIES", "Figures", "Finish", "Net", "build", "family_of", "figures", "members_of"]


def __getattr__(name: str) -> Any:
    """Load the torch side when it is first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)
