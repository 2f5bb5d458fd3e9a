"""Encoders: one per kind of input, from a raw array to a vector or to something that layers can take."""

from __future__ import annotations

from typing import Any

from torch import nn

from andon.encode.block import InputSpec
from andon.nets.brief import Brief
from andon.nets.embeddings.categories import Categories
from andon.nets.encoders.codes import CodesEncoder
from andon.nets.encoders.flat import FlatEncoder
from andon.nets.encoders.history import HistoryEncoder, HistoryPlanes, HistoryVector
from andon.nets.encoders.image import SMALL_SIDE, ImageEncoder
from andon.nets.encoders.mixer import MixerEncoder
from andon.nets.encoders.numbers import NumbersEncoder
from andon.nets.encoders.signal import SignalEncoder
from andon.nets.scaling import ArrayScaling, NumberScaling

Vector = (
    NumbersEncoder | CodesEncoder | ImageEncoder | SignalEncoder | FlatEncoder | MixerEncoder | HistoryVector
    | HistoryEncoder
)  # fmt: skip


def vector(spec: InputSpec, brief: Brief, *, flat: bool = False) -> Vector:
    """An input as a row of numbers, `encoder.width` of them. `flat`: pictures without convolutions, small
    ones laid out as they are, photographs in patches."""
    scaling = brief.scaling_of(spec)
    if spec.kind == "numbers":
        return NumbersEncoder(spec, scaling)
    if spec.kind == "codes":
        return CodesEncoder(spec)
    if spec.kind == "series":
        return HistoryVector(spec, scaling) if flat else HistoryEncoder(spec, scaling, brief.size)
    if flat and spec.kind == "image" and min(spec.shape[:2]) > SMALL_SIDE:
        return MixerEncoder(spec, scaling, brief.size)
    if flat:
        return FlatEncoder(spec, scaling)
    return ImageEncoder(spec, scaling, brief.size) if spec.kind == "image" else SignalEncoder(spec, scaling, brief.size)


def plain(spec: InputSpec, brief: Brief) -> NumberScaling | ArrayScaling | Categories | HistoryPlanes:
    """An input scaled and no more, as a list of layers takes it: `.shape`, pictures channels first."""
    if spec.kind == "series":
        return HistoryPlanes(spec, brief.scaling_of(spec))
    if spec.kind == "numbers":
        return NumberScaling(spec, brief.scaling_of(spec))
    return Categories(spec) if spec.kind == "codes" else ArrayScaling(spec, brief.scaling_of(spec))


def width_of(encoders: nn.ModuleList) -> int:
    """Width of all answers side by side."""
    widths: list[Any] = [encoder.width for encoder in encoders]
    return sum(widths)
