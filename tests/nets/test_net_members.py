"""Members: several networks as one."""

from __future__ import annotations

import pytest
import torch
from net_cases import CODES, NUMBERS, PICTURE, SCALING, WINDOW, rows_of, shaken

from andon.nets import build, members_of
from andon.nets.members import seed_of
from andon.plan.settings import Network
from andon.train.members import independent

LIST = ["flatten", "dense:16:relu", "normalise:batch", {"residual": ["dense:8:silu", "normalise:layer", "dropout:0.1"]},
        {"residual": ["dense:8:tanh", "normalise:group:4"]}, "activate:gelu", "dense:3"]  # fmt: skip
KINDS = {
    "dense table": (Network(family="dense", size="tiny", members=3), (NUMBERS, CODES), "batched"),
    "dense picture": (Network(family="dense", size="tiny", members=3), (PICTURE, NUMBERS), "batched"),
    "list": (Network(layers=LIST, members=3), (NUMBERS,), "batched"),
    "picture list": (Network(layers=LIST, members=3), (PICTURE,), "batched"),
    "window list": (Network(layers=["dense:6:relu", *LIST], members=3), (WINDOW,), "batched"),
    "trunk": (Network(layers=["dense:6:relu"], members=3), (NUMBERS, CODES), "batched"),
    "codes": (Network(layers=["dense:6:relu", "dense:3"], members=3), (CODES,), "batched"),
    "convolution": (Network(family="convolution", size="tiny", members=3), (WINDOW,), "in_turn"),
    "attention": (Network(family="attention", size="tiny", members=3), (NUMBERS,), "in_turn"),
}


def built(name, members, seed):
    network, specs, _ = KINDS[name]
    fields = {f: getattr(network, f) for f in network.__struct_fields__} | {"members": members}
    return build(Network(**fields), specs, SCALING, width=3, task="classification", seed=seed)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_member_is_the_network_built_alone_with_its_seed(name):
    """Five at once are five networks: same weights, same answers, same training step, running statistics included."""
    together, alone = built(name, 3, 4), [built(name, 1, seed_of(4, member)) for member in range(3)]
    rows = rows_of(KINDS[name][1], rows=12)
    assert together.members_kind == KINDS[name][2]
    assert together.num_weights() == 3 * alone[0].num_weights()

    for net in (together, *alone):
        net.calibrate_init(rows)
        for module in net.modules():
            if hasattr(module, "dropped"):
                module.dropped = 0
        net.train()(rows).square().sum().backward()
        with torch.no_grad():
            for parameter in net.parameters():
                parameter -= 1e-3 * (parameter.grad if parameter.grad is not None else 0)
        net.eval()

    torch.testing.assert_close(together(rows), torch.cat([net(rows) for net in alone], dim=1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [n for n in sorted(KINDS) if KINDS[n][2] == "batched"])
def test_batched_members_share_nothing(name):
    """Each may stop, clip and be kept on its own: every weight has the members in front."""
    net = shaken(built(name, 3, 0))
    rows = rows_of(KINDS[name][1])

    assert independent(net) == 3
    net.eval()(rows)[:, 1].sum().backward()
    for parameter in net.parameters():
        assert parameter.grad is None or not parameter.grad[[0, 2]].any()


def test_members_of_neighbouring_seeds_are_not_each_others():
    """Runs of seeds 0, 1, 2 are independent: no two have a member in common."""
    seeds = [seed_of(seed, member) for seed in range(50) for member in range(20)]

    assert len(set(seeds)) == len(seeds)
    assert seed_of(7, 0) == 7


def test_auto_members_follow_the_table():
    """A few for small tables, one where data or pictures are many, TabM's own number for TabM."""
    assert members_of(Network(), [NUMBERS], 1000) == 5
    assert members_of(Network(), [NUMBERS], 10**6) == 1
    assert members_of(Network(), [PICTURE], 1000) == 1
    assert members_of(Network(family="tabm"), [NUMBERS], 1000) == 16
    assert members_of(Network(family="tabm"), [NUMBERS], 10**5) == 8
    assert members_of(Network(members=2), [NUMBERS], 1000) == 2


def test_tabms_members_share_their_trunk_and_differ_in_their_answers():
    """k predictions cost little more than one."""
    nets = [
        build(Network(family="tabm", members=k), [NUMBERS], SCALING, width=2, task="regression", seed=0)
        for k in (1, 16)
    ]
    raw = nets[1].eval()(rows_of((NUMBERS,)))

    assert nets[1].members_kind == "shared"
    assert nets[1].num_weights() < 1.5 * nets[0].num_weights()
    assert raw.std(dim=1).min() > 0


def test_the_data_dependent_start_gives_every_neuron_spread_one():
    """RealMLP's start: no neuron begins dead or drowned, whatever the features' sizes; the seed alone decides."""
    rows = rows_of((NUMBERS, CODES), rows=256)
    network = Network(family="dense", size="small", members=2)
    nets = [build(network, [NUMBERS, CODES], SCALING, width=2, task="regression", seed=3) for _ in range(2)]
    for net in nets:
        net.calibrate_init(rows)
    seen = []
    hook = nets[0].core.layers[0].register_forward_hook(lambda module, given, out: seen.append(given[0]))
    nets[0].eval()(rows)
    hook.remove()
    layer = nets[0].core.layers[0]

    out = torch.bmm(seen[0], layer.weight.mT) * layer.factor

    torch.testing.assert_close(out.std(dim=1, correction=0), torch.ones(2, 256), rtol=1e-3, atol=1e-3)
    inside = (out.amin(1) <= -layer.bias) & (-layer.bias <= out.amax(1))
    assert inside.all()
    assert all(torch.equal(a, b) for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_one_member_alone_answers_as_among_the_others(name):
    """What a member that holds rows out is judged by is what it gives in the whole; no weight of it is there twice."""
    net = shaken(built(name, 3, 4)).eval()
    inputs = rows_of(KINDS[name][1], 20)

    whole = net(inputs)

    for member in range(3):
        torch.testing.assert_close(net.member(member, inputs), whole[:, member : member + 1], rtol=1e-4, atol=1e-5)
    assert len(dict(net.named_parameters())) == len(dict(net.core.named_parameters()))
