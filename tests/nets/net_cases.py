"""Inputs, rows and networks that the tests of this room share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from andon.encode.block import InputSpec
from andon.nets import Net, build
from andon.plan.settings import Network

COLUMNS = 5
NUMBERS = InputSpec(
    name="numbers", kind="numbers", shape=(COLUMNS,), dtype="float64", columns=("bar", "rpm", "kw", "mm", "count")
)
CODES = InputSpec(
    name="codes", kind="codes", shape=(2,), dtype="int64", columns=("machine", "lot"), cardinalities=(4, 30)
)
PICTURE = InputSpec(name="picture", kind="image", shape=(28, 28), dtype="uint8")
COLOUR = InputSpec(name="photo", kind="image", shape=(80, 72, 3), dtype="uint8")
WINDOW = InputSpec(name="window.1", kind="signal", shape=(40, 3), dtype="float32")
SENSORS = ("mode", "bar", "flow", "count")
SERIES = InputSpec(name="series", kind="series", shape=(24, 4), dtype="float64", columns=SENSORS)
FIRST = InputSpec(name="first", kind="first", shape=(6, 4), dtype="float64", columns=SENSORS)

_rng = np.random.default_rng(0)
CENTER = [1e9, 0.0, 5.0, -3.0, 100.0]
SPREAD = [2.0, 1.0, 3.0, 0.5, 10.0]
KNOTS = [np.sort(c + s * _rng.normal(size=65)).tolist() for c, s in zip(CENTER, SPREAD, strict=True)]
SCALING = {
    "numbers": {
        "method": "robust", "center": CENTER, "spread": SPREAD, "knots": KNOTS,
        "missing": [True, False, False, True, False],
    },
    "picture": {"method": "pixels", "factor": 1 / 255},
    "photo": {"method": "pixels", "factor": 1 / 255},
    "series": {
        "method": "regimes", "settings": [0], "at": [0.5], "by": [0.5], "centers": [[-1.0], [1.0]],
        "center": [[0.0, 10.0, 2.0, 1e9], [1.0, 20.0, 5.0, 1e9]], "spread": [[1.0, 1.0, 0.5, 2.0], [1.0, 3.0, 0.5, 2.0]],
        "kept": [1, 2, 3],
    },
    "window.1": {"method": "zscore", "center": [0.0, 1.0, 2.0], "spread": [1.0, 2.0, 0.5]},
}  # fmt: skip
"""As `andon.scale` gives it."""

CASES = {
    "dense table": ("dense", (NUMBERS, CODES), 1),
    "dense members": ("dense", (NUMBERS, CODES), 3),
    "dense picture": ("dense", (PICTURE, NUMBERS), 2),
    "convolution picture": ("convolution", (PICTURE,), 1),
    "convolution photo": ("convolution", (COLOUR,), 1),
    "dense photo": ("dense", (COLOUR, NUMBERS), 1),
    "attention photo": ("attention", (COLOUR,), 1),
    "convolution window": ("convolution", (WINDOW,), 2),
    "convolution mixed": ("convolution", (PICTURE, WINDOW, NUMBERS, CODES), 1),
    "attention table": ("attention", (NUMBERS, CODES), 1),
    "attention mixed": ("attention", (PICTURE, WINDOW, NUMBERS), 1),
    "tabm": ("tabm", (NUMBERS, CODES), 4),
    "history": ("history", (SERIES, FIRST, NUMBERS, CODES), 1),
    "dense history": ("dense", (SERIES, FIRST, NUMBERS), 1),
    "convolution history": ("convolution", (SERIES, FIRST, NUMBERS), 1),
    "attention history": ("attention", (SERIES, FIRST, CODES), 1),
}
"""Name -> family, inputs, members."""

LISTS = {
    "seed": (("flatten", "dense:16:relu", "dense:3"), (PICTURE,)),
    "window": (("convolution:8:4", "normalise:group:4", "attention:2:learned", "pool:attention", "dense:3"), (WINDOW,)),
    "picture": (
        (
            "convolution:8:3:relu:2", "normalise:layer", {"residual": ["convolution:16:3:relu:2", "normalise:batch"]},
            "pool:both", "attention:4:rotary", "activate:gelu", "dropout:0.2", "pool:both:0", "dense:3",
        ),
        (PICTURE,),
    ),
    "row": (("attention:2", "flatten", "normalise:batch", {"residual": ["dense:6:tanh"]}, "dense:3"), (NUMBERS,)),
    "codes": (("dense:8:silu", "normalise:layer", "dense:3"), (CODES,)),
    "trunk": (("dense:8:selu", "dropout"), (NUMBERS, CODES, PICTURE)),
}  # fmt: skip
"""Name -> list of layers, inputs."""


def rows_of(specs: tuple[InputSpec, ...], rows: int = 7, seed: int = 0) -> dict[str, Tensor]:
    """Random rows; numbers with a missing cell, codes with missing and unseen ones."""
    draw = torch.Generator().manual_seed(seed)
    found: dict[str, Tensor] = {}
    for spec in specs:
        if spec.kind == "numbers":
            x = torch.randn(rows, *spec.shape, generator=draw, dtype=torch.float64)
            x = x * torch.tensor(SPREAD).double() + torch.tensor(CENTER).double()
            x[0, 0] = x[-1, 3] = float("nan")
        elif spec.kind in ("series", "first"):  # the first of them are short, one reading is missing
            x = torch.randn(rows, *spec.shape, generator=draw, dtype=torch.float64)
            x = x * torch.tensor([1.0, 3.0, 0.5, 2.0]).double() + torch.tensor([0.0, 15.0, 3.0, 1e9]).double()
            x[..., 0] = torch.randint(0, 2, x.shape[:2], generator=draw).double()
            for row in range(min(rows, 3)):
                x[row, : spec.shape[0] - 2 * row - 1] = float("nan")
            x[-1, -2, 1] = float("nan")
        elif spec.kind == "codes":
            x = torch.randint(-1, 40, (rows, *spec.shape), generator=draw)
        elif spec.dtype == "uint8":
            x = torch.randint(0, 256, (rows, *spec.shape), generator=draw).to(torch.uint8)
        else:
            x = torch.randn(rows, *spec.shape, generator=draw)
        found[spec.name] = x
    return found


def made(name: str, *, seed: int = 0, size: str = "tiny", task: str = "classification") -> Net:
    """The network of a case of `CASES` or `LISTS`, three outputs."""
    if name in CASES:
        family, specs, members = CASES[name]
        network = Network(family=family, size=size, members=members)  # type: ignore[arg-type]
    else:
        layers, specs = LISTS[name]
        network = Network(layers=list(layers), members=1)
    return build(network, specs, SCALING, width=3, task=task, seed=seed)


def specs_of(name: str) -> tuple[InputSpec, ...]:
    """Inputs of a case."""
    return CASES[name][1] if name in CASES else LISTS[name][1]


def shaken(net: Net) -> Net:
    """Weights that start at zero (heads, embeddings) moved away from it, as training would."""
    draw = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=draw))
    return net
