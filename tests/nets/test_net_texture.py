"""Texture features: the same in every run-time, and the same for a turned picture where they say so."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from andon.encode.block import InputSpec
from andon.nets.texture import ANGLES, PATTERNS, QUANTILES, RINGS, Texture, differences, patterns, ring
from andon.ship.export import network_graph

WAVES = 128
"""First features of a picture: what its waves say."""


def spec(*shape, dtype="uint8"):
    return InputSpec(name="picture", kind="image", shape=shape, dtype=dtype)


def texture(*shape, dtype="uint8"):
    return Texture([spec(*shape, dtype=dtype)], {"picture": {"method": "zscore", "center": 120.0, "spread": 40.0}})


def described(picture, **more):
    return texture(*picture.shape[1:], **more)({"picture": torch.from_numpy(picture)}).numpy()


def surface(seed=0, shape=(6, 96, 80)):
    """Grey noise with a run of lines, saturated in a corner; the last one is all of one grey."""
    rng = np.random.default_rng(seed)
    picture = rng.normal(120, 30, shape)
    picture[:, 10:60:9, :50] += 90
    picture[:, :20, -20:] = 400
    picture[-1] = 77
    return picture.clip(0, 255).astype(np.uint8)


class Alone(nn.Module):
    """Takes the place of a head."""

    def forward(self, raw):
        return raw.double()


@pytest.mark.parametrize("picture", [surface(), surface(1, (5, 66, 91, 3))], ids=["grey", "colour"])
def test_the_exported_graph_gives_the_features_of_training(picture):
    """ONNX Runtime and PyTorch agree to the last digits of a float, one picture at a time or together."""
    net = texture(*picture.shape[1:])
    graph = network_graph(net, Alone(), [spec(*picture.shape[1:])], {"picture": picture})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])

    together = session.run(None, {"picture": picture})[0]
    alone = np.concatenate([session.run(None, {"picture": picture[i : i + 1]})[0] for i in range(len(picture))])

    assert together.shape == (len(picture), net.width)
    np.testing.assert_allclose(together, described(picture), atol=2e-5)
    np.testing.assert_allclose(alone, together, atol=2e-5)


def test_features_are_the_same_every_time():
    """Nothing is drawn."""
    np.testing.assert_array_equal(described(surface()), described(surface()))


def test_grey_levels_and_patterns_do_not_mind_turns_and_mirrors():
    """Quantiles, spread and patterns of a turned or mirrored picture are its own; upside down, all features are."""
    picture = surface()
    quarter, half = (np.ascontiguousarray(np.rot90(picture, k, axes=(1, 2))) for k in (1, 2))
    ours = described(picture)
    for other in (quarter, np.ascontiguousarray(picture[:, :, ::-1]), np.ascontiguousarray(picture[:, ::-1])):
        theirs = described(other)

        np.testing.assert_allclose(ours[:, WAVES:], theirs[:, WAVES:], atol=1e-6)
    assert np.abs(ours[:, :WAVES] - described(quarter)[:, :WAVES]).max() > 1e-2
    np.testing.assert_allclose(ours, described(half), atol=1e-5)


def test_patterns_do_not_mind_the_light():
    """Darker, brighter, of more or less contrast: the patterns stay what they are."""
    picture = surface()
    lit = picture.astype(np.float32) * 3 + 11
    patterns_of = slice(WAVES + len(QUANTILES) + 1, None)

    np.testing.assert_array_equal(described(picture)[:, patterns_of], described(lit, dtype="float32")[:, patterns_of])


def test_waves_know_which_way_lines_run():
    """Lines down the picture answer to another angle than lines across it."""
    down = np.tile(np.where(np.arange(96) % 4 < 2, 60, 180).astype(np.uint8), (1, 96, 1))
    ours, theirs = described(down)[0, :ANGLES], described(np.ascontiguousarray(down.swapaxes(1, 2)))[0, :ANGLES]

    assert (ours.argmax(), theirs.argmax()) == (0, 2)


@pytest.mark.parametrize("radius", [1, 2, 4])
def test_patterns_are_those_of_the_paper(radius):
    """Pixel by pixel: as many neighbours as are no darker, if they lie in one run, else the last pattern."""
    picture = np.random.default_rng(0).integers(0, 5, (1, 20, 17))
    counts = np.zeros(PATTERNS)
    for y in range(radius, 20 - radius):
        for x in range(radius, 17 - radius):
            bits = "".join("1" if picture[0, y + d, x + r] >= picture[0, y, x] else "0" for d, r in ring(radius))
            runs = sum(bits[i] != bits[i - 1] for i in range(8))
            counts[bits.count("1") if runs <= 2 else 9] += 1

    found = patterns(torch.from_numpy(picture[:, None].astype(np.float32)), differences(radius))[0].numpy()

    np.testing.assert_allclose(found, counts / counts.sum(), atol=1e-6)
    assert len(RINGS) * PATTERNS == 40
