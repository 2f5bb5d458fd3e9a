"""From a plan's network to the right one: families, sizes, the user's own, and what it costs."""

from __future__ import annotations

import pytest
import torch
from net_cases import CODES, COLOUR, FIRST, NUMBERS, PICTURE, SCALING, SERIES, WINDOW, rows_of
from torch import nn

from andon.errors import Problem, SettingProblem
from andon.nets import FAMILIES, build, figures
from andon.nets.dial import NAMES, SIZES
from andon.plan.settings import Network


class Own(nn.Module):
    """A network as a user would write it."""

    members = 1

    def __init__(self, inputs, width):
        super().__init__()
        self.inputs = inputs
        self.codes = nn.Embedding(inputs[1].cardinalities[0], 4)
        self.layers = nn.Linear(inputs[0].shape[0] + 4, width)

    def forward(self, inputs):
        return self.layers(torch.cat([inputs["numbers"], self.codes(inputs["codes"][:, 0])], dim=1))


class Pair(Own):
    """One that answers for two members."""

    members = 2

    def forward(self, inputs):
        return torch.stack([super().forward(inputs)] * 2, dim=1)


class Plain:
    """One that is no network."""

    def __init__(self, inputs, width):
        self.width = width


class Wrong(Own):
    """One that forgets the width."""

    def forward(self, inputs):
        return super().forward(inputs)[:, :1]


def own(name, members=1):
    return build(
        Network(module=f"{__name__}:{name}", members=members), [NUMBERS, CODES], SCALING, width=3, task="classification",
        seed=0,
    )  # fmt: skip


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"random"}))  # whose head is solved: memory is its square
def test_every_size_is_larger_than_the_one_before_and_giant_has_billions(family):
    """One dial; nothing is allocated to know what it costs."""
    assert list(SIZES[family]) == list(NAMES)
    specs = {
        "convolution": [[PICTURE], [COLOUR], [WINDOW], [SERIES, FIRST]], "surface": [[COLOUR]],
        "history": [[SERIES, FIRST]], "tabm": [[NUMBERS, CODES]],
    }.get(family, [[NUMBERS, CODES], [SERIES, FIRST]])  # fmt: skip
    for inputs in specs:
        costs = [
            figures(Network(family=family, size=s, members=1), inputs, SCALING, width=3, task="classification")
            for s in NAMES
        ]

        for field in ("weights", "activation_bytes", "flops"):
            values = [getattr(cost, field) for cost in costs]
            assert values == sorted(set(values)), (family, inputs[0].name, field)
        assert costs[-1].weights > 1e9


@pytest.mark.parametrize(
    ("family", "over"), [("history", "Convolutions"), ("dense", "TimeMixer"), ("convolution", "Inception"),
                         ("attention", "Patches")]
)  # fmt: skip
def test_each_family_has_a_way_of_its_own_over_histories(family, over):
    """The dense one mixes, the convolutions are of several lengths, attention is over runs of rows; figures beside."""
    net = build(Network(family=family), [SERIES, FIRST], SCALING, width=1, task="regression", seed=0)

    assert type(net.core.over).__name__ == over
    assert net.members == 2


def test_figures_of_the_seed_network_are_those_by_hand():
    """784-128-10: its weights, four bytes each; two operations per weight; input and hidden layer are kept for training."""
    cost = figures(
        Network(layers=["flatten", "dense:128:relu", "dense:10"]), [PICTURE], SCALING, width=10, task="classification"
    )

    assert (cost.weights, cost.weight_bytes) == (101_770, 407_080)
    assert cost.flops == 2 * (784 * 128 + 128 * 10)
    assert cost.activation_bytes == 4 * (784 + 128)


def test_small_convolution_is_the_measured_network():
    """24, 48, 48, 96, 96 channels on MNIST's pictures: 158 thousand weights (NUMBERS.md, 14.6)."""
    net = build(Network(size="small"), [PICTURE], SCALING, width=10, task="classification", seed=0)

    assert 155_000 < net.num_weights() < 160_000
    assert [m.out_channels for m in net.modules() if isinstance(m, nn.Conv2d)] == [24, 48, 48, 96, 96]


def test_auto_is_convolution_for_pictures_and_windows_and_dense_for_tables():
    """The family that suits the inputs, without being asked."""
    kinds = [
        type(build(Network(size="tiny"), specs, SCALING, width=2, task="regression", seed=0).core).__name__
        for specs in ([NUMBERS], [CODES], [WINDOW], [PICTURE, NUMBERS])
    ]

    assert kinds == ["DenseFamily", "DenseFamily", "ConvolutionFamily", "ConvolutionFamily"]


def test_tables_learn_with_selu_classes_and_silu_numbers():
    """As RealMLP has it, with its learning rates."""
    nets = {
        task: build(Network(members=1), [NUMBERS], SCALING, width=2, task=task, seed=0)
        for task in ("classification", "regression")
    }

    assert [nets[t].core.layers[0].activation for t in nets] == ["selu", "silu"]
    assert [nets[t].learning_rate for t in nets] == [0.04, 0.2]
    assert [layer.weight.shape[0] for layer in nets["regression"].core.layers[::2]] == [256, 256, 256]


def test_a_module_of_the_users_own_sees_inputs_ready_to_use():
    """Numbers scaled, float32, without gaps and with their masks; codes within range; the specs say so."""
    net, rows = own("Own"), rows_of((NUMBERS, CODES))

    raw = net(rows)

    assert raw.shape == (7, 1, 3)
    assert raw.isfinite().all()
    spec = net.core.own.inputs[0]
    assert (spec.shape, spec.dtype, spec.columns[-2:]) == ((7,), "float32", ("bar missing", "mm missing"))


def test_members_of_a_module_of_the_users_own_are_asked_in_turn():
    """Also where one of them answers for several members itself."""
    rows = rows_of((NUMBERS, CODES))
    single, pair = own("Own", 3), own("Pair", 3)

    assert (single.members_kind, single.members, single(rows).shape) == ("in_turn", 3, (7, 3, 3))
    assert (pair.members, pair(rows).shape) == (6, (7, 6, 3))


def test_a_module_that_answers_in_the_wrong_shape_is_named():
    """The sentence says what it gave and what it must give."""
    with pytest.raises(SettingProblem, match=r"\(7, 1\).*\(rows, 3\)"):
        own("Wrong")(rows_of((NUMBERS, CODES)))
    for target, words in ((f"{__name__}:Plain", "torch.nn.Module"), ("collections:UserList", r"\(inputs, width\)")):
        with pytest.raises(SettingProblem, match=words):
            build(Network(module=target), [NUMBERS], SCALING, width=2, task="regression", seed=0)
    with pytest.raises(Problem, match="no module 'nowhere'"):
        build(Network(module="nowhere:Net"), [NUMBERS], SCALING, width=2, task="regression", seed=0)


@pytest.mark.parametrize(("family", "spec"), [("convolution", NUMBERS), ("tabm", PICTURE)])
def test_a_family_that_does_not_suit_the_inputs_says_which_does(family, spec):
    """No network is built that cannot work."""
    with pytest.raises(SettingProblem, match="dense") as caught:
        build(Network(family=family), [spec], SCALING, width=2, task="regression", seed=0)

    assert caught.value.key == "network.family"


def test_no_inputs_is_a_sentence():
    """Not a traceback from the depth."""
    with pytest.raises(SettingProblem, match="no input"):
        build(Network(), [], {}, width=2, task="regression", seed=0)


@pytest.mark.parametrize("steps", [1, 2, 5, 13, 100, 300, 1000, 5000])
def test_windows_of_any_length_have_a_network(steps):
    """From a single step to thousands."""
    spec = type(WINDOW)(name="w", kind="signal", shape=(steps,), dtype="float32")
    net = build(Network(size="tiny"), [spec], {}, width=2, task="regression", seed=0)

    assert net({"w": torch.randn(2, steps)}).shape == (2, 1, 2)


@pytest.mark.parametrize("sides", [(1, 1), (5, 9), (11, 64), (64, 200), (65, 70), (300, 120)])
def test_pictures_of_any_size_have_a_network(sides):
    """From a single pixel to a camera's; both families."""
    spec = type(PICTURE)(name="p", kind="image", shape=sides, dtype="uint8")
    rows = {"p": torch.randint(0, 256, (2, *sides)).to(torch.uint8)}
    for family in ("convolution", "attention"):
        net = build(Network(family=family, size="tiny"), [spec], {}, width=2, task="regression", seed=0)

        assert net(rows).shape == (2, 1, 2)
