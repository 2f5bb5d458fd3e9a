"""What a linear rival sees: numbers straight and bent, gaps and categories as noughts and ones."""

from __future__ import annotations

import numpy as np
import torch

from andon.encode.block import InputSpec
from andon.nets.linear import FAR, MOST_CODES, LinearFeatures


def features(columns, cardinalities=(), missing=()):
    """Of so many numbers, those of `missing` with gaps in training, and codes."""
    specs = [InputSpec(name="numbers", kind="numbers", shape=(columns,), dtype="float64")] * (columns > 0)
    if cardinalities:
        codes = InputSpec(
            name="codes", kind="codes", shape=(len(cardinalities),), dtype="int64", cardinalities=cardinalities
        )
        specs.append(codes)
    gaps = [c in missing for c in range(columns)]
    scaling = {"numbers": {"method": "robust", "center": [5.0] * columns, "spread": [2.0] * columns, "missing": gaps}}
    return LinearFeatures(specs, scaling).eval()


def asked(net, **inputs):
    return net({name: torch.from_numpy(np.asarray(values)) for name, values in inputs.items()}).numpy()


def test_a_number_is_seen_bent_and_straight_and_a_gap_by_its_mask():
    """At one spread from the centre both are one, but for the bend; far out the one stops at 3, the other at 10."""
    found = asked(features(2, missing=(1,)), numbers=[[7.0, np.nan], [1e9, 5.0]])

    assert found.shape == (2, 5)
    np.testing.assert_allclose(found[0], [1 / np.sqrt(1 + 1 / 9), 0, 1, 1, 0], atol=1e-6)
    np.testing.assert_allclose(found[1], [3, 0, 0, FAR, 0], atol=1e-6)


def test_of_very_many_columns_only_the_bent_numbers_are_seen():
    """A table of hundreds of columns is not made twice as wide."""
    assert features(201).width == 201
    assert features(200).width == 400


def test_a_category_is_a_one_among_noughts_missing_or_not():
    """Each code has its own column; a missing one is the unknown one. A column of very many categories is left out."""
    net = features(0, cardinalities=(3, MOST_CODES + 1, 2))

    found = asked(net, codes=[[2, 7, -1], [-1, 0, 1]])

    np.testing.assert_array_equal(found, [[0, 0, 1, 1, 0], [1, 0, 0, 0, 1]])
    assert features(0, cardinalities=(MOST_CODES + 1,)).width == 0
