"""Whether a network is asked once about a picture, or about all that leaves the part what it is."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from torch import nn

from andon.api.learning.recipe import symmetry_of
from andon.api.prepare import Prepared
from andon.encode.block import tiled
from andon.nets.views import VIEWS, Views
from andon.ship.parity import trained_scores

SQUARE = ("turn", "all")
LOWER = {"turn": "none", "all": "both"}
"""What is left of a symmetry where a picture is not square and cannot be turned by a quarter."""


class Seen(Struct, frozen=True, kw_only=True):
    """How often each picture is asked, and the mean loss on the validation part of asking once and of asking so often
    (None: nothing to compare)."""

    views: int
    once: float | None = None
    often: float | None = None


def views(prepared: Prepared, net: nn.Module, finish: nn.Module) -> tuple[nn.Module, Seen]:
    """The network, or the network with its views where they lower the loss of the validation part by more than the
    noise of the difference (one standard error)."""
    specs = [spec for spec in prepared.specs if spec.kind == "image"]
    symmetry = symmetry_of(prepared.plan, specs) if specs else "none"
    if symmetry in SQUARE and any(spec.shape[0] != spec.shape[1] for spec in specs):
        symmetry = LOWER[symmetry]
    held = prepared.known("validation")
    if (
        not specs
        or tiled(specs) is not None
        or len(VIEWS[symmetry]) == 1
        or not len(held)
        or not _turned_in_training(prepared)
    ):
        return net, Seen(views=1)
    wide = Views(net, [spec.name for spec in specs], symmetry)
    arrays, raw = prepared.take(held), prepared.raw[held]
    once, often = (
        prepared.task.loss_of(trained_scores(asked, finish, arrays), raw, prepared.state) for asked in (net, wide)
    )
    gain = once - often
    pays = gain.mean() > gain.std() / np.sqrt(len(gain))
    return (wide if pays else net), Seen(
        views=len(VIEWS[symmetry]) if pays else 1, once=float(once.mean()), often=float(often.mean())
    )


def _turned_in_training(prepared: Prepared) -> bool:
    """A network that never saw a mirrored picture has nothing to say about one."""
    entries = prepared.plan.train.augment
    return isinstance(entries, list) and any(isinstance(e, dict) and {"flip", "turn"} & set(e) for e in entries)
