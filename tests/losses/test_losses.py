import importlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional

from andon.errors import SettingProblem
from andon.losses import LOSSES, balanced_weights
from andon.losses.classes import CrossEntropyLoss, RobustCrossEntropyLoss
from andon.losses.loss import mixed_loss
from andon.losses.options import CrossEntropy, Huber, Pinball, RobustCrossEntropy
from andon.losses.values import AtLeastLoss, HuberLoss, PinballLoss, SquaredLoss


@pytest.fixture
def logits():
    """Seven rows, three members, four classes."""
    return torch.randn(7, 3, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)


@pytest.fixture
def classes():
    """One true class per row."""
    return torch.tensor([0, 1, 2, 3, 3, 0, 1])


def test_the_registry_needs_no_torch():
    """Reading a plan that names a loss must work in the base install."""
    code = "import sys, andon.losses, andon.optim; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_gives_one_number_per_row_and_member_and_scales_with_the_weight(name):
    """The contract of a loss: raw (N, M, W) -> (N, M), gradients reach every row, row weights multiply."""
    options, target = LOSSES[name]
    module, _, cls = target.partition(":")
    loss = getattr(importlib.import_module(module), cls)(options())
    raw = torch.randn(6, 2, 4, requires_grad=True)
    truth = torch.tensor([0, 1, 2, 3, 0, 1]) if "entropy" in name else torch.randn(6)
    if name in ("pixels", "binary"):
        truth = torch.rand(6, 4).round()  # a map, or a yes or no per class, for each row
    weight = torch.tensor([1.0, 2.0, 0.0, 1.0, 0.5, 3.0])

    plain, heavy = loss(raw, truth, None), loss(raw, truth, weight)

    assert plain.shape == (6, 2)
    torch.testing.assert_close(heavy, plain * weight[:, None])
    plain.sum().backward()
    assert raw.grad.abs().sum(dim=(1, 2)).min() > 0


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_torchs(logits, classes, smoothing):
    """Without class weights each member's loss is PyTorch's own cross-entropy of that member."""
    ours = CrossEntropyLoss(CrossEntropy(smoothing=smoothing))(logits, classes, None)

    for member in range(3):
        theirs = functional.cross_entropy(logits[:, member], classes, reduction="none", label_smoothing=smoothing)
        torch.testing.assert_close(ours[:, member], theirs)


def test_class_weights_count_rows_by_their_true_class(logits, classes):
    """A row of a class of weight 3 counts three times, with smoothing too."""
    plain = CrossEntropyLoss(CrossEntropy(smoothing=0.1))(logits, classes, None)
    weighted = CrossEntropyLoss(CrossEntropy(smoothing=0.1, class_weights=(1, 3, 1, 1)))(logits, classes, None)

    torch.testing.assert_close(weighted, plain * torch.where(classes == 1, 3.0, 1.0)[:, None])


def test_balanced_weights_give_every_class_the_same_say():
    """Count times weight is equal for all classes, and a row counts 1 on average."""
    counts = np.array([900, 90, 10])
    weights = np.array(balanced_weights(counts.tolist()))

    np.testing.assert_allclose(counts * weights, 1000 / 3)
    np.testing.assert_allclose(balanced_weights([5, 5], strength=0.5), [1, 1])
    assert balanced_weights([10, 0])[1] == 1.0


def test_robust_cross_entropy_lies_between_log_loss_and_absolute_error(logits, classes):
    """q near 0 is cross-entropy, q = 1 is 1 - p; a wrong label costs at most 1 / q."""
    own = logits.softmax(-1).gather(-1, classes[:, None, None].expand(-1, 3, 1)).squeeze(-1)

    near = RobustCrossEntropyLoss(RobustCrossEntropy(q=0.01))(logits, classes, None)
    torch.testing.assert_close(near, -own.log(), rtol=0.03, atol=0.01)
    torch.testing.assert_close(RobustCrossEntropyLoss(RobustCrossEntropy(q=1.0))(logits, classes, None), 1 - own)
    sure = RobustCrossEntropyLoss()(torch.tensor([[[100.0, -100.0]]]), torch.tensor([1]), None)
    assert float(sure) <= 1 / 0.7 + 1e-6


def test_mixing_two_losses_is_the_cross_entropy_of_mixed_labels(logits, classes):
    """Mix-up by pairs equals soft labels."""
    other, share = classes.flip(0), 0.3
    soft = share * functional.one_hot(classes, 4) + (1 - share) * functional.one_hot(other, 4)
    expected = -(soft[:, None] * logits.log_softmax(-1)).sum(-1)

    torch.testing.assert_close(
        mixed_loss(CrossEntropyLoss(), logits, (classes, None), other=(other, None), share=share), expected
    )


def test_squared_and_huber_are_torchs():
    """Both agree with PyTorch's on the first output."""
    raw, truth = torch.randn(9, 2, 3) * 3, torch.randn(9)
    for member in range(2):
        first = raw[:, member, 0]
        torch.testing.assert_close(SquaredLoss()(raw, truth, None)[:, member], (first - truth) ** 2)
        torch.testing.assert_close(
            HuberLoss(Huber(delta=0.7))(raw, truth, None)[:, member],
            functional.huber_loss(first, truth, reduction="none", delta=0.7),
        )


def test_squared_of_several_targets_is_their_mean():
    """A target with T columns is compared with the first T outputs."""
    raw, truth = torch.randn(5, 1, 3), torch.randn(5, 3)
    torch.testing.assert_close(SquaredLoss()(raw, truth, None)[:, 0], ((raw[:, 0] - truth) ** 2).mean(-1))


def test_the_pinball_loss_is_least_at_the_quantile():
    """Of all constant answers, the mean and the empirical quantiles lose least; each output for itself."""
    truth = torch.from_numpy(np.random.default_rng(0).exponential(size=201).astype("float32"))
    grid, loss = torch.linspace(0, 4, 801), PinballLoss(Pinball(quantiles=(0.25, 0.9)))
    for output, expected in enumerate([truth.mean(), truth.quantile(0.25), truth.quantile(0.9)]):
        answers = torch.zeros(801, 3)
        answers[:, output] = grid
        losses = loss(answers.expand(201, 801, 3), truth, None).mean(dim=0)
        assert float(grid[losses.argmin()]) == pytest.approx(float(expected), abs=0.006)


def test_lives_that_go_on_ask_for_so_much_or_more():
    """Where only a bound is known, mean and quantiles lose by what they fall short of it and nothing beyond; where the
    truth is known, as ever."""
    raw = torch.tensor([[[1.0, 0.5, 4.0]]]).expand(3, 1, 3)
    nan = float("nan")
    target = torch.tensor([[2.0, nan], [nan, 2.0], [nan, nan]])

    least = AtLeastLoss()(raw, target, None)[:, 0]
    pinball = PinballLoss(Pinball(quantiles=(0.1, 0.9)))(raw, target, None)[:, 0]

    torch.testing.assert_close(least, torch.tensor([1.0, 1.0, 0.0]))
    torch.testing.assert_close(pinball, torch.tensor([1 + (0.15 + 0.2) / 2, 1 + 0.15 / 2, 0.0]))


@pytest.mark.parametrize(
    "wrong",
    [lambda: CrossEntropy(smoothing=1.5), lambda: CrossEntropy(class_weights=(1, float("nan"))),
     lambda: RobustCrossEntropy(q=0), lambda: Huber(delta=0), lambda: Pinball(quantiles=()),
     lambda: Pinball(quantiles=(1.0,))],
)  # fmt: skip
def test_settings_out_of_range_are_named(wrong):
    """A loss that makes no sense is refused while the plan is read."""
    with pytest.raises(SettingProblem):
        wrong()
