"""The one dial: from `tiny` to `giant`, for every family.

| size | dense: width x layers | convolution: channels, depth | attention: width x blocks, heads | tabm: like dense |
| --- | --- | --- | --- | --- |
| tiny | 64 x 2 | 8, 1 | 32 x 2, 4 | 64 x 1 |
| small | 256 x 3 | 24, 2 | 128 x 3, 4 | 128 x 2 |
| base | 512 x 4 | 48, 3 | 256 x 6, 8 | 256 x 3 |
| large | 1024 x 6 | 96, 5 | 512 x 12, 8 | 512 x 4 |
| huge | 4096 x 8 | 256, 7 | 1536 x 24, 16 | 4096 x 5 |
| giant | 16384 x 10 | 1536, 13 | 4096 x 24, 32 | 24576 x 6 |

The history family: convolutions' channels and residual layers 24, 1; 64, 2; 128, 3; 256, 4; 1024, 5; 6144, 6; its
dense part is twice as wide and one layer deeper, also where another family goes over the rows: dense (a mixer, width x
blocks 32 x 1; 64 x 2; 128 x 4; 256 x 6; 1024 x 12; 8192 x 12), convolution (inception, channels per kernel x modules
8 x 1; 16 x 3; 32 x 6; 64 x 6; 256 x 9; 1536 x 18), attention as of tables. The random family: 128, 1024, 2048, 3072,
4096, 6144 combinations, for a head that is solved needs the square of them in memory. The surface family: channels 8,
24, 48, 96, 384, 1536, four levels at every size.

A table, a 28 x 28 picture or a window at `giant` has billions of weights; build it under `torch.device("meta")` to ask
what it would cost.
"""

from __future__ import annotations

from msgspec import Struct


class Size(Struct, frozen=True):
    """What follows from the dial: width of a layer (channels of the first stage for convolutions), depth, heads."""

    width: int
    depth: int
    heads: int = 1


NAMES = ("tiny", "small", "base", "large", "huge", "giant")

SIZES: dict[str, dict[str, Size]] = {
    family: dict(zip(NAMES, (Size(*values) for values in rows), strict=True))
    for family, rows in {
        "dense": ((64, 2), (256, 3), (512, 4), (1024, 6), (4096, 8), (16384, 10)),
        "convolution": ((8, 1), (24, 2), (48, 3), (96, 5), (256, 7), (1536, 13)),
        "attention": ((32, 2, 4), (128, 3, 4), (256, 6, 8), (512, 12, 8), (1536, 24, 16), (4096, 24, 32)),
        "surface": ((8, 1), (24, 2), (48, 2), (96, 2), (384, 2), (1536, 2)),
        "history": ((24, 1), (64, 2), (128, 3), (256, 4), (1024, 5), (6144, 6)),
        "inception": ((8, 1), (16, 3), (32, 6), (64, 6), (256, 9), (1536, 18)),
        "mixer": ((32, 1), (64, 2), (128, 4), (256, 6), (1024, 12), (8192, 12)),
        "random": ((128, 1), (1024, 1), (2048, 1), (3072, 1), (4096, 1), (6144, 1)),
        "tabm": ((64, 1), (128, 2), (256, 3), (512, 4), (4096, 5), (24576, 6)),
    }.items()
}
