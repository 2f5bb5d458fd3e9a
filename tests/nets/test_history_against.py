"""What readings are measured against: their regime, the unit's own first rows, or their own window."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from net_cases import FIRST, NUMBERS, SCALING, SENSORS, SERIES, shaken
from test_history_family import HISTORY, block
from test_net_export import check

from andon.encode.histories import encoded
from andon.encode.series import Series, read_series
from andon.errors import SettingProblem
from andon.nets import Finish, build
from andon.nets.encoders.history import HistoryFigures, own_units
from andon.plan.settings import Network

WAYS = ("unit", "window")


def scaled(against):
    """Scaling of windows by that."""
    return SCALING | {"series": SCALING["series"] | {"against": against}}


def inputs_of(of, against):
    """What such a graph takes of every row."""
    specs = (SERIES, FIRST) if against == "unit" else (SERIES,)
    arrays = encoded(HISTORY, None, of)
    return specs, {s.name: torch.from_numpy(np.ascontiguousarray(arrays[s.name])) for s in specs}


def seen(of, against):
    """Rows (N, T, C) inside the graph."""
    specs, inputs = inputs_of(of, against)
    return HistoryFigures(specs, scaled(against)).seen(inputs).rows


@pytest.mark.parametrize("against", WAYS)
def test_a_unit_that_always_reads_higher_is_as_any_other(against):
    """A sensor mounted askew shifts all readings of its unit, and nothing of what the network sees."""
    of = block([40, 30])
    of["flow"] = 3.5 + (of["flow"] - 3) / 3  # well within eight spreads of both regimes
    other = {name: values.copy() for name, values in of.items()}
    other["flow"][40:] += 0.3

    torch.testing.assert_close(seen(of, against), seen(other, against), rtol=0, atol=1e-5)
    assert (seen(of, "regime") != seen(other, "regime")).any()


@pytest.mark.parametrize("against", WAYS)
def test_no_row_looks_ahead_or_at_another_unit(against):
    """Whatever comes later, of its unit or another, a row's figures stay to the bit."""
    whole = block([50, 20])
    later = {name: values.copy() for name, values in whole.items()}
    for name in SENSORS[1:]:
        later[name][30:] += 5.0

    before, after = (
        HistoryFigures(specs, scaled(against))(inputs).numpy()
        for specs, inputs in (inputs_of(whole, against), inputs_of(later, against))
    )

    np.testing.assert_array_equal(before[:30], after[:30])
    assert (before[30:50] != after[30:50]).any()


@pytest.mark.parametrize("against", WAYS)
def test_a_row_alone_is_seen_as_among_others(against):
    """A stream that sends rows one by one gets the figures of the table, to the bit."""
    specs, inputs = inputs_of(block([40, 9]), against)
    figures = HistoryFigures(specs, scaled(against))

    alone = torch.cat([figures({k: v[i : i + 1] for k, v in inputs.items()}) for i in range(49)])

    assert torch.equal(alone, figures(inputs))


@pytest.mark.parametrize("against", WAYS)
def test_an_empty_cell_is_no_reading(against):
    """Nought stands there, whatever the unit's own level is, and the mean of the others is as without the row."""
    of = block([20])
    of["flow"][12] = np.nan

    rows = seen(of, against)

    assert (rows[19, 24 - 8, 1] == 0).all()
    assert (rows[19, 24 - 7 :, 1] != 0).all()


def test_few_rows_know_no_spread():
    """Of one row the spread is the regime's, of many their own; none is less than a tenth of the regime's."""
    draw = torch.Generator().manual_seed(0)
    z, one = torch.ones(1, 1, 1, dtype=torch.float64), torch.ones(1, 1, 1, dtype=torch.float64)
    many = 3 * torch.randn(1, 2000, 1, generator=draw, dtype=torch.float64)

    first = own_units(z + 1, one, z, one)
    own = own_units(many, torch.ones_like(many), many, torch.ones_like(many))
    still = own_units(z - 0.99, one, torch.zeros(1, 9999, 1).double(), torch.ones(1, 9999, 1).double())

    assert first.item() == pytest.approx(2**0.5)
    assert own.std().item() == pytest.approx(1, abs=0.02)
    assert still.item() == pytest.approx(0.1)


def test_what_cannot_be_is_refused():
    """A unit's own measure needs its first rows, and a network that sees them."""
    with pytest.raises(SettingProblem, match="no first rows are kept"):
        Series(against="unit", first=0)
    with pytest.raises(SettingProblem, match="it must be 'regime', 'unit' or 'window'"):
        read_series({"against": "machine"})
    with pytest.raises(SettingProblem, match="sees no first rows"):
        build(
            Network(layers=["flatten", "dense:1"]), (SERIES, FIRST), scaled("unit"), width=1, task="regression", seed=0
        )


@pytest.mark.slow
@pytest.mark.parametrize("against", WAYS)
def test_each_measure_is_inside_the_exported_file(against):
    """The file answers as the network does, one row as many."""
    specs = (SERIES, FIRST, NUMBERS) if against == "unit" else (SERIES, NUMBERS)
    net = build(Network(size="tiny"), specs, scaled(against), width=1, task="regression", seed=0)
    check(shaken(net), Finish("regression", {"center": 3.0, "spread": 2.0}), specs)
