"""Pictures brought to one size. Shrinking averages over areas (the mean of whole blocks where the size divides evenly,
else Pillow's antialiased bilinear filter), so that a hairline grows pale but never vanishes between two pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from andon.errors import DataProblem

SLIGHTLY = 1.25
"""How much larger than the largest known a picture may be and still be shrunk to fit."""


def fitted(picture: np.ndarray, shape: Sequence[int], fit: str = "pad") -> np.ndarray:
    """(H, W) or (H, W, 3), uint8 or uint16 -> `shape`: (height, width) or (height, width, 3), of the same type.

    `fit` of a picture of another shape: `pad`, whole with a border that mirrors its edge; `crop`, cut to the middle;
    `stretch`, distorted; `1/k`, never larger or smaller than one pixel for k x k of its own, with a border that mirrors
    its edge. Raises `DataProblem` for a picture that is too large for the last of these.
    """
    picture = _channels(picture, 3 if len(shape) == 3 else 1)
    height, width = shape[:2]
    if picture.shape[:2] == (height, width):
        return np.ascontiguousarray(picture)
    if fit == "stretch":
        return _resized(picture, height, width)
    if fit.startswith("1/"):
        return _at_scale(picture, height, width, by=int(fit[2:]))
    tall, wide = height / picture.shape[0], width / picture.shape[1]
    factor = min(tall, wide) if fit == "pad" else max(tall, wide)
    inner = [max(1, round(side * factor)) for side in picture.shape[:2]]
    picture = _resized(picture, *inner)
    if fit == "pad":
        return _mirrored(picture, height, width)
    top, left = (inner[0] - height) // 2, (inner[1] - width) // 2
    return np.ascontiguousarray(picture[top : top + height, left : left + width])


def _at_scale(picture: np.ndarray, height: int, width: int, *, by: int) -> np.ndarray:
    """The picture at a scale of its own pixels, in the middle."""
    inner = [max(1, round(side / by)) for side in picture.shape[:2]]
    over = max(inner[0] / height, inner[1] / width)
    if over > 1:
        inner = [max(1, int(side / over)) for side in inner]
    if over > SLIGHTLY:
        raise DataProblem.of(
            f"the picture has {picture.shape[1]} x {picture.shape[0]} pixels",
            why=f"the largest in training had {width * by} x {height * by}",
            fix="cut it into pieces, or train with pictures of this size",
        )  # fmt: skip
    return _mirrored(_resized(picture, *inner), height, width)


def _channels(picture: np.ndarray, channels: int) -> np.ndarray:
    """Grey or colour; colour to grey by the luma of ITU-R 601, as Pillow has it."""
    if channels == 3:
        return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    if picture.ndim == 2:
        return picture
    if (picture[..., 0] == picture[..., 1]).all() and (picture[..., 0] == picture[..., 2]).all():
        return np.ascontiguousarray(picture[..., 0])
    return np.asarray(Image.fromarray(picture).convert("L"))


def _resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pillow's filters; 16 bits go through float32 and are rounded back."""
    if picture.shape[:2] == (height, width):
        return picture
    even = picture.shape[0] % height == 0 and picture.shape[1] % width == 0
    how = Image.Resampling.BOX if even else Image.Resampling.BILINEAR
    if picture.dtype == np.uint8:
        return np.asarray(Image.fromarray(picture).resize((width, height), how))
    deep = Image.fromarray(picture.astype(np.float32)).resize((width, height), how)
    return np.asarray(deep).round().clip(0, 65535).astype(np.uint16)


def _mirrored(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture in the middle; around it its own mirror image, which no filter sees an edge in."""
    sides = [(wanted - there) for wanted, there in zip((height, width), picture.shape, strict=False)]
    around = [(side // 2, side - side // 2) for side in sides] + [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, around, mode="symmetric")
