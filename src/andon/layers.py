"""The public, torch-free face of the layer options: what a list of layers in a plan is made of.

`network=[Flatten(), Dense(128, "relu"), Dense(10)]`, `[flatten, {dense: 128, activation: relu}, {dense: 10}]` in YAML
and `flatten,dense:128:relu,dense:10` on a command line build the same values. The layers themselves, their papers and
their shapes are in `andon.nets`, one file each.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from andon.errors import at_least, within

Activation = Literal["none", "relu", "gelu", "silu", "selu", "mish", "tanh", "sigmoid"]


class Dense(Struct, frozen=True, forbid_unknown_fields=True):
    """Fully connected: every output sees every input."""

    width: int
    activation: Activation = "none"
    bias: bool = True

    def __post_init__(self) -> None:
        at_least("width", self.width, 1)


class Flatten(Struct, frozen=True, forbid_unknown_fields=True):
    """Lay a picture or window out as one row of numbers."""


class Convolution(Struct, frozen=True, forbid_unknown_fields=True):
    """Convolution over a window (1-D) or picture (2-D); which one follows from the input."""

    width: int
    kernel: int = 3
    activation: Activation = "none"
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("width", "kernel", "stride", "dilation", "groups"):
            at_least(name, getattr(self, name), 1)


class Pool(Struct, frozen=True, forbid_unknown_fields=True):
    """Make smaller: `max`, `average` or `both` side by side over `size` neighbours (0: over everything), or a learned
    `attention` over everything."""

    how: Literal["max", "average", "both", "attention"] = "max"
    size: int = 2

    def __post_init__(self) -> None:
        at_least("size", self.size, 0)


class Attention(Struct, frozen=True, forbid_unknown_fields=True):
    """Multi-head self-attention over the steps of a window, the patches of a picture or the columns of a row."""

    heads: int = 4
    positions: Literal["none", "rotary", "learned"] = "rotary"

    def __post_init__(self) -> None:
        at_least("heads", self.heads, 1)


class Normalise(Struct, frozen=True, forbid_unknown_fields=True):
    """Normalisation of activations: over the `batch`, the `layer` or `group`s of channels."""

    how: Literal["batch", "layer", "group"] = "batch"
    groups: int = 8

    def __post_init__(self) -> None:
        at_least("groups", self.groups, 1)


class Dropout(Struct, frozen=True, forbid_unknown_fields=True):
    """Silence a random share of the inputs while training."""

    share: float = 0.1

    def __post_init__(self) -> None:
        within("share", self.share, 0.0, 0.95)


class Activate(Struct, frozen=True, forbid_unknown_fields=True):
    """An activation on its own."""

    how: Activation = "relu"


class Residual(Struct, frozen=True, forbid_unknown_fields=True):
    """Layers whose answer is added to their input (projected where the shapes differ)."""

    layers: tuple[LayerOptions, ...]


LayerOptions = Dense | Flatten | Convolution | Pool | Attention | Normalise | Dropout | Activate | Residual

LAYERS: dict[str, tuple[type[Struct], str]] = {
    "dense": (Dense, "andon.nets.layers.dense:DenseLayer"),
    "flatten": (Flatten, "andon.nets.layers.shape:FlattenLayer"),
    "convolution": (Convolution, "andon.nets.layers.convolution:ConvolutionLayer"),
    "pool": (Pool, "andon.nets.layers.pool:PoolLayer"),
    "attention": (Attention, "andon.nets.layers.attention:AttentionLayer"),
    "normalise": (Normalise, "andon.nets.layers.normalise:NormaliseLayer"),
    "dropout": (Dropout, "andon.nets.layers.dropout:DropoutLayer"),
    "activate": (Activate, "andon.nets.layers.activate:ActivateLayer"),
    "residual": (Residual, "andon.nets.layers.residual:ResidualLayer"),
}
"""Name in a plan -> options and the class that builds it. A new layer is one file in `nets/layers/` and a line here."""
