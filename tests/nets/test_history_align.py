"""What stands between two readings of a sensor that is seldom read."""

from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from net_cases import FIRST, SCALING, SENSORS, SERIES

from andon.encode.histories import encoded
from andon.encode.pasts import History, Pasts
from andon.nets import Finish, build
from andon.nets.encoders.history import HistoryScaling, last_known
from andon.plan.settings import Network
from andon.ship.export import network_graph

NONE = float("nan")


def scaled(how, bar, mode=None):
    """A slow sensor `bar` (T,) in a window, as the network sees it: values and whether they are known."""
    scaling = {**SCALING["series"], "gaps": True, "align": ["none", how, "none", "none"]}
    x = torch.zeros(1, len(bar), 4, dtype=torch.float64)
    x[..., 0] = torch.tensor(mode if mode is not None else [0.0] * len(bar))
    x[..., 1] = torch.tensor(bar)
    z, known = HistoryScaling(SERIES, scaling)(x)
    return z[0, :, 0].tolist(), known[0, :, 0].tolist()


def test_without_aligning_nothing_stands_between():
    """What was not read is not known."""
    assert scaled("none", [NONE, 11.0, NONE, NONE, 13.0]) == ([0, 1, 0, 0, 3], [0, 1, 0, 0, 1])


def test_the_last_reading_holds_until_the_next():
    """And nothing is known before the first."""
    assert scaled("last", [NONE, 11.0, NONE, NONE, 13.0]) == ([0, 1, 1, 1, 3], [0, 1, 1, 1, 1])


def test_the_mean_is_of_the_readings_so_far():
    """Never of those that are still to come."""
    assert scaled("mean", [NONE, 11.0, NONE, 13.0, NONE]) == ([0, 1, 1, 3, 2], [0, 1, 1, 1, 1])


def test_a_reading_is_carried_on_as_what_it_said_in_its_own_regime():
    """A pressure that was one spread too high at one speed is so at the next, where other pressures are usual."""
    z, _ = scaled("last", [11.0, NONE, NONE, 26.0], mode=[0.0, 1.0, 1.0, 1.0])

    assert z == [1, 1, 1, 2]


def test_the_newest_known_row_is_found_whatever_the_length():
    """In doublings as by hand."""
    draw = torch.Generator().manual_seed(0)
    for steps in (1, 2, 3, 7, 64, 100):
        known = torch.rand(4, steps, 3, generator=draw) < 0.2
        rows = torch.where(known, torch.arange(steps)[None, :, None], -1)
        assert torch.equal(last_known(known), rows.cummax(dim=1).values)


def block(rows=70):
    """Two units with a slow sensor."""
    rng = np.random.default_rng(0)
    found = {name: rng.normal(10, 2, 2 * rows) for name in SENSORS} | {"mode": rng.integers(0, 2, 2 * rows) * 1.0}
    found["bar"][rng.random(2 * rows) < 0.9] = np.nan
    return found | {"__unit__": np.repeat([0, 1], rows), "__time__": np.tile(np.arange(rows, dtype=float), 2)}


def test_a_stream_fills_as_a_table_does_and_the_exported_file_too():
    """What is remembered of a unit is enough, and both ways are in the graph."""
    history = History(columns=list(SENSORS), steps=24, first=6, exact=True, age=False)
    scaling = {"series": {**SCALING["series"], "gaps": True, "align": ["none", "last", "mean", "none"]}}
    net = build(Network(size="tiny"), (SERIES, FIRST), scaling, width=1, task="regression", seed=0).eval()
    whole, past, pieces = block(), Pasts(history), []
    for start in range(0, 140, 9):
        piece = {name: values[start : start + 9] for name, values in whole.items()}
        pieces.append({name: np.asarray(array[:]) for name, array in encoded(history, past, piece).items()})
    arrays = {name: np.ascontiguousarray(array[:]) for name, array in encoded(history, None, whole).items()}
    graph = network_graph(net, Finish("regression", {}), [SERIES, FIRST], arrays)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])

    together = session.run(None, arrays)[0]
    stream = np.concatenate([session.run(None, piece)[0] for piece in pieces])
    with torch.inference_mode():
        ours = Finish("regression", {})(net({name: torch.from_numpy(array) for name, array in arrays.items()})).numpy()

    np.testing.assert_allclose(stream, together, rtol=0, atol=1e-6)
    np.testing.assert_allclose(together, ours, rtol=0, atol=1e-5)
