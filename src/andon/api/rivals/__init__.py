"""The network's rivals on the same rows, and their shares of the answer: boosted trees and a linear model for tables,
texture features under a linear discriminant for photographs of parts."""

from __future__ import annotations

from typing import Any

from andon.api.prepare import Prepared
from andon.api.rivals.blend import blended
from andon.api.rivals.histories import figured_rows
from andon.api.rivals.linear import lined
from andon.api.rivals.near import near_end
from andon.api.rivals.rows import judged_elsewhere, learnt_twice, row_weights
from andon.api.rivals.texture import fitted_texture, textured
from andon.api.rivals.trees import boosted, switched_off, tree_rows
from andon.split import Turns
from andon.train import Settings
from andon.train.rivals.figures import FigureTrees
from andon.train.rivals.rival import Rival

__all__ = [
    "blended",
    "figured_rows",
    "fitted_texture",
    "judged_elsewhere",
    "learnt_twice",
    "rivals_of",
    "row_weights",
    "switched_off",
    "textured",
    "tree_rows",
]


def rivals_of(
    prepared: Prepared, settings: Settings, turns: Turns | None, scaling: dict[str, Any]
) -> tuple[Rival, ...]:
    """What stands beside the network, from the same rows in the same turns."""
    if textured(prepared):
        return (fitted_texture(prepared, turns, scaling),)
    if prepared.encoding.history is not None:
        if switched_off(prepared):
            return ()
        figures, of_histories = figured_rows(prepared, scaling)
        near = near_end(prepared, scaling)
        trees = FigureTrees(figures, boosted(prepared, settings, turns, of_histories))
        return (trees,) if near is None else (near, trees)
    some = tree_rows(prepared)
    if some is None:
        return ()
    line = lined(prepared, turns, scaling)
    return (boosted(prepared, settings, turns, some), *(() if line is None else (line,)))
