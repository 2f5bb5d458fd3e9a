"""Layers, encoders, families, heads, sizes: from a plan's `network` to a `Net`.

A new layer is a file in `layers/` and a line in `andon.layers.LAYERS`; a new family is a file in `families/` and a line
in `build.FAMILIES`.
"""

from andon.nets.build import FAMILIES, build, members_of
from andon.nets.heads import Finish
from andon.nets.net import Net
from andon.nets.sizes import Figures, figures

__all__ = ["FAMILIES", "Figures", "Finish", "Net", "build", "figures", "members_of"]
