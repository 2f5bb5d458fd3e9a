"""Layers against PyTorch's own, and what they answer when they don't fit."""

from __future__ import annotations

import pytest
import torch
from net_cases import NUMBERS, PICTURE, SCALING, WINDOW
from torch import nn
from torch.nn import functional as F

from andon import layers as o
from andon.errors import SettingProblem
from andon.layers import LAYERS
from andon.nets import build
from andon.nets.layers.activate import FUNCTIONS, ActivateLayer
from andon.nets.layers.attention import SelfAttention
from andon.nets.layers.convolution import ConvolutionLayer
from andon.nets.layers.dense import DenseLayer
from andon.nets.layers.dropout import DropoutLayer
from andon.nets.layers.listed import of_options
from andon.nets.layers.normalise import NormaliseLayer
from andon.nets.layers.pool import PoolLayer
from andon.nets.layers.residual import ResidualLayer
from andon.plan.plugins import load
from andon.plan.settings import Network


def net_of(layers, spec=PICTURE, width=10):
    return build(Network(layers=layers), [spec], SCALING, width=width, task="classification", seed=0)


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_every_layers_file_names_its_source_and_its_difference(name):
    """Whoever reads a layer learns where it comes from."""
    module = __import__(load(LAYERS[name][1]).__module__, fromlist=["x"])

    assert name == "flatten" or any(mark in module.__doc__ for mark in ("arXiv", "et al.", "Glorot"))
    assert name == "flatten" or "Differs from the paper" in module.__doc__


def test_the_seed_network_starts_as_in_keras():
    """Glorot's uniform start within its bounds, biases at zero, pixels divided by 255."""
    net = net_of(["flatten", "dense:128:relu", "dense:10"])
    dense = net.core.layers.layers[1]
    picture = torch.randint(0, 256, (4, 28, 28)).to(torch.uint8)

    bound = (6 / (784 + 128)) ** 0.5
    assert dense.weight.abs().max() <= bound
    assert dense.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert not dense.bias.any()
    assert net.num_weights() == 101_770
    hidden = F.relu(F.linear(picture.float().flatten(1) / 255, dense.weight, dense.bias))
    last = net.core.layers.layers[2]
    torch.testing.assert_close(net({"picture": picture})[:, 0], F.linear(hidden, last.weight, last.bias))


def test_dense_on_a_window_acts_on_the_channels_of_each_step():
    """As PyTorch's Linear with channels last."""
    layer, x = DenseLayer(o.Dense(5), (3, 7)), torch.randn(2, 3, 7)

    torch.testing.assert_close(layer(x), F.linear(x.mT, layer.weight, layer.bias).mT)


@pytest.mark.parametrize("kernel", [2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_keeps_the_size_up_to_its_stride(kernel, stride):
    """Padded as `same` in Keras for windows and pictures, whatever the kernel; equal to PyTorch's `same` at stride 1."""
    options = o.Convolution(4, kernel, stride=stride, dilation=2)
    for shape in ((3, 11), (3, 9, 12)):
        layer, x = ConvolutionLayer(options, shape), torch.randn(2, *shape)

        assert layer(x).shape == (2, *layer.shape) == (2, 4, *(-(-side // stride) for side in shape[1:]))
        if stride == 1:
            convolve = F.conv1d if len(shape) == 2 else F.conv2d
            expected = convolve(x, layer.inner.weight, layer.inner.bias, padding="same", dilation=2)
            torch.testing.assert_close(layer(x), expected)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_attention_is_pytorchs_multi_head_attention():
    """The same weights give the same answer."""
    ours, theirs, x = SelfAttention(16, 4), nn.MultiheadAttention(16, 4, batch_first=True), torch.randn(3, 9, 16)
    with torch.no_grad():
        for mine, other in (
            (ours.in_weight, theirs.in_proj_weight), (ours.in_bias, theirs.in_proj_bias),
            (ours.out_weight, theirs.out_proj.weight), (ours.out_bias, theirs.out_proj.bias),
        ):  # fmt: skip
            other.copy_(mine.normal_(0, 0.2))

    torch.testing.assert_close(ours(x), theirs(x, x, x, need_weights=False)[0], rtol=1e-5, atol=1e-6)


def test_rotary_scores_depend_on_distances_alone():
    """Steps moved together score as before: positions are turns (Su et al. 2021, eq. 16)."""
    attention = SelfAttention(8, 1, positions="rotary", steps=12)
    query, key = torch.randn(1, 1, 1, 8).expand(1, 1, 12, 8), torch.randn(1, 1, 1, 8).expand(1, 1, 12, 8)

    score = (attention._turn(query) @ attention._turn(key).mT)[0, 0]

    for distance in (0, 3, 7):
        line = score.diagonal(distance)
        torch.testing.assert_close(line, line[:1].expand_as(line))
    torch.testing.assert_close(attention._turn(query).norm(dim=-1), query.norm(dim=-1))


@pytest.mark.parametrize("how", ["batch", "layer", "group"])
def test_normalisation_is_pytorchs(how):
    """Training and answering, windows and pictures."""
    for shape in ((8, 6), (8, 5, 4)):
        layer, x = NormaliseLayer(o.Normalise(how, groups=4), shape), torch.randn(6, *shape) * 3 + 1
        torch.nn.init.normal_(layer.weight)
        if how == "batch":
            theirs = nn.BatchNorm1d(8) if len(shape) == 2 else nn.BatchNorm2d(8)
        else:
            theirs = nn.GroupNorm(4, 8) if how == "group" else nn.LayerNorm(8)
        theirs.load_state_dict({"weight": layer.weight, "bias": layer.bias}, strict=False)

        def other(x, theirs=theirs, axis=1):
            return theirs(x.movedim(axis, -1)).movedim(-1, axis) if how == "layer" else theirs(x)

        torch.testing.assert_close(layer(x), other(x), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(layer.eval()(x), (theirs.eval(), other(x))[1], rtol=1e-4, atol=1e-5)


def test_batch_normalisation_survives_a_batch_of_one_row():
    """The last batch of an epoch may hold one row: it takes the running statistics instead of failing."""
    layer, x = NormaliseLayer(o.Normalise("batch"), (4,)), torch.randn(1, 4)

    assert torch.allclose(layer(x), x / (1 + 1e-5) ** 0.5)


@pytest.mark.parametrize("share", [0.01, 0.15, 0.5, 0.9])
def test_dropout_drops_the_share_it_says_and_keeps_the_mean(share):
    """Rounded to 1/256, scaled so that the mean stays; nothing happens when answering."""
    layer, x = DropoutLayer(o.Dropout(share), (500,)), torch.ones(400, 500)
    torch.manual_seed(0)

    out = layer(x)

    assert (out == 0).float().mean().item() == pytest.approx(share, abs=0.004)
    assert out.mean().item() == pytest.approx(1, abs=0.02)
    assert torch.equal(layer.eval()(x), x)
    assert DropoutLayer(o.Dropout(1e-4), (3,)).dropped == 1
    assert DropoutLayer(o.Dropout(0.0), (3,)).dropped == 0


def test_dropouts_neighbours_are_independent():
    """Eight masks come from one random word, yet they say nothing about each other."""
    torch.manual_seed(0)

    kept = (DropoutLayer(o.Dropout(0.5), (64,))(torch.ones(20_000, 64)) > 0).float()

    assert (torch.corrcoef(kept.T) - torch.eye(64)).abs().max() < 0.04


@pytest.mark.parametrize("how", ["max", "average", "both"])
def test_pooling_over_neighbours_and_over_everything_is_pytorchs(how):
    """`both` is the two of them side by side."""
    for shape, pools in (
        ((3, 9), (F.avg_pool1d, F.max_pool1d)), ((3, 8, 7), (F.avg_pool2d, F.max_pool2d))
    ):  # fmt: skip
        x = torch.randn(2, *shape)
        near = {"average": pools[0](x, 2), "max": pools[1](x, 2)}
        far = {"average": x.flatten(2).mean(2), "max": x.flatten(2).amax(2)}
        for size, parts in ((2, near), (0, far)):
            expected = torch.cat([parts["average"], parts["max"]], 1) if how == "both" else parts[how]

            layer = PoolLayer(o.Pool(how, size), shape)
            torch.testing.assert_close(layer(x), expected)
            assert layer.shape == expected.shape[1:]


def test_attention_pooling_is_a_weighted_mean():
    """With a score of zero it is the plain mean; a large score picks its step."""
    layer, x = PoolLayer(o.Pool("attention"), (3, 6)), torch.randn(2, 3, 6)
    with torch.no_grad():
        layer.weight.zero_()
        torch.testing.assert_close(layer(x), x.mean(2))
        layer.weight[0, 0] = 1e4
    torch.testing.assert_close(layer(x), x[torch.arange(2), :, x[:, 0].argmax(1)])


def test_a_residual_adds_its_input_and_projects_where_shapes_differ():
    """Other channels and smaller sides are met by a 1 x 1 projection with the stride they ask for."""
    plain = ResidualLayer(o.Residual((o.Dense(6, "relu"),)), (6,))
    x = torch.randn(4, 6)
    torch.testing.assert_close(plain(x), x + plain.inner(x))
    for shape, layers in (
        ((3, 9), (o.Convolution(5, stride=2),)), ((3, 8, 7), (o.Convolution(5, stride=2),)), ((3, 8), (o.Convolution(4),)),
    ):  # fmt: skip
        layer, x = ResidualLayer(o.Residual(layers), shape), torch.randn(2, *shape)
        stride = layers[0].stride
        convolve = F.conv1d if len(shape) == 2 else F.conv2d
        short = convolve(x, layer.project.weight[(..., *(None,) * (len(shape) - 1))], stride=stride)

        torch.testing.assert_close(layer(x), layer.inner(x) + short)


@pytest.mark.parametrize("how", sorted(FUNCTIONS))
def test_activations_are_pytorchs(how):
    """Each name is the function everybody means by it."""
    x = torch.randn(20)
    expected = x if how == "none" else getattr(torch if how in ("tanh", "sigmoid") else F, how)(x)

    assert torch.equal(ActivateLayer(o.Activate(how), (20,))(x), expected)


@pytest.mark.parametrize(
    ("layers", "spec", "key", "words"),
    [
        (["dense:8", "dense:9"], PICTURE, "network.layers.1", "flatten"),
        (["flatten", "dense:9"], PICTURE, "network.layers.1", "dense:10"),
        ([], NUMBERS, "network.layers", "dense: 10"),
        (["convolution:8"], NUMBERS, "network.layers.0", "a window or a picture"),
        (["flatten", "pool:max"], PICTURE, "network.layers.1", "before 'flatten'"),
        (["pool:max:29"], PICTURE, "network.layers.0", "leaves nothing"),
        (["convolution:6:3:none:1:1:4"], PICTURE, "network.layers.0", "groups"),
        (["convolution:6", "normalise:group:4"], PICTURE, "network.layers.1", "divides 6"),
        (["convolution:6", "attention:4"], WINDOW, "network.layers.1", "heads"),
        (["convolution:6", {"residual": ["pool:max", "flatten"]}], WINDOW, "network.layers.1", "adding"),
        (["convolution:6", {"residual": ["pool:max:50"]}], WINDOW, "network.layers.1.layers.0", "leaves nothing"),
        (["dens:8"], NUMBERS, "network.layers.0", "dense"),
    ],
)  # fmt: skip
def test_layers_that_do_not_fit_are_named_by_their_place(layers, spec, key, words):
    """The sentence names the layer, what comes into it and what to write instead."""
    with pytest.raises(SettingProblem, match=words) as caught:
        net_of(layers, spec)

    assert caught.value.key == key


def test_a_list_of_options_is_a_network():
    """Families are lists of layers where they can be."""
    net = of_options([o.Convolution(4), o.Pool("max"), o.Flatten(), o.Dense(2)], (1, 8, 8))

    assert net(torch.randn(3, 1, 8, 8)).shape == (3, 2)
