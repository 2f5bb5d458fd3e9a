"""The parts of an inspector that are fitted, not trained."""

import torch

from andon.nets.inspector import ABREAST, Memory, Patches


def test_a_memory_of_many_points_gives_the_distance_to_the_nearest():
    """Points are compared some at a time, and none of them is left out."""
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(2 * ABREAST + 7, 3, generator=generator)
    grid = torch.randn(2, 5, 4, 6, generator=generator)
    whiten = torch.randn(5, 3, generator=generator)
    memory = Memory(Patches(mean=torch.ones(5), whiten=whiten, memory=points))

    far = memory(grid)

    expected = torch.cdist((grid.permute(0, 2, 3, 1).reshape(-1, 5) - 1) @ whiten, points).amin(dim=1)
    torch.testing.assert_close(far.flatten(), expected, atol=1e-3, rtol=1e-3)
