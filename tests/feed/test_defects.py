"""Planted defects: where the map says, nowhere else, and the same for the same draw."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from andon.encode.block import InputSpec
from andon.errors import SettingProblem
from andon.feed.augment import augmentation
from andon.feed.batch import Batch
from andon.feed.defects import HELD_OUT, KINDS, means, planted, roughness
from andon.feed.options import Planted


def ground(count=12, channels=1, side=64):
    """Grained surfaces (N, channels, side, side)."""
    return torch.from_numpy(np.random.default_rng(0).normal(120, 8, (count, channels, side, side))).float()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_on_the_map_changed_and_far_from_it_none_did(name, channels):
    """The mask marks the strong half of a soft rim; beyond a wide margin of it nothing moves."""
    planes = ground(channels=channels)
    changed, mask = planted(planes, [KINDS[name]], torch.Generator().manual_seed(1), share=1.0, full=255.0)
    assert mask.sum(dim=(1, 2)).gt(0).float().mean() > 0.7
    moved = (changed - planes).abs().amax(dim=1)
    seen = 0.3 * roughness(planes, 255.0).squeeze(1)
    assert (moved > seen)[mask > 0].float().mean() > 0.95
    if name != "shade":  # a stain fades out over its whole size
        near = torch.nn.functional.max_pool2d(mask.unsqueeze(1), 25, 1, 12).squeeze(1)
        marked = mask.flatten(1).any(dim=1)
        assert (moved > 4 * seen)[marked][near[marked] == 0].float().mean() < 0.01
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_equal_draws_plant_equal_defects_and_a_share_stays_good():
    """A pure function of the generator."""
    planes, kinds = ground(200, side=48), [KINDS[k] for k in Planted().kinds]
    one, two = (planted(planes, kinds, torch.Generator().manual_seed(3), share=0.6, full=255.0) for _ in range(2))
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1], two[1])
    clean = (one[0] == planes).flatten(1).all(dim=1).float().mean()
    assert 0.2 < clean < 0.5


def test_the_step_cuts_windows_and_gives_their_map_as_target():
    """Bytes in, windows out, target (N, side · side)."""
    spec = InputSpec(name="picture", kind="image", shape=(80, 100), dtype="uint8", columns=("picture",))
    step = augmentation([("defects", Planted(side=40))], [spec])
    picture = ground(side=100)[:, 0, :80].to(torch.uint8)
    batch = step(Batch({"picture": picture}, torch.zeros(12), None, np.arange(12)), torch.Generator().manual_seed(0))
    assert batch.inputs["picture"].shape == (12, 40, 40)
    assert batch.target.shape == (12, 1600)
    assert 0 < batch.target.mean() < 0.5


def test_designs_are_chosen_by_kinds_that_no_network_is_taught():
    """The default plants none of those."""
    assert not set(Planted().kinds) & set(HELD_OUT)
    assert set(HELD_OUT) < set(KINDS)
    with pytest.raises(SettingProblem, match="no kind of defect"):
        Planted(kinds=("hole",))


@pytest.mark.parametrize("window", [3, 9, 31])
def test_means_are_means(window):
    """Against the definition, edges repeated."""
    planes = ground(2, side=20)
    half = min(window, 20) // 2
    wide = np.pad(planes.numpy(), ((0, 0), (0, 0), (half, half), (half, half)), mode="edge")
    found = np.lib.stride_tricks.sliding_window_view(wide, (2 * half + 1, 2 * half + 1), (2, 3)).mean(axis=(4, 5))
    assert np.allclose(means(planes, window).numpy(), found, atol=1e-2)
