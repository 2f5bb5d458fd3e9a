"""Every network leaves PyTorch as one ONNX file that answers the same."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from net_cases import CASES, LISTS, NUMBERS, SCALING, made, rows_of, shaken, specs_of

from andon.nets import Finish, build
from andon.plan.settings import Network
from andon.ship.export import network_graph

FEW = ("dense members", "picture", "history")
"""Exported on every run: together they have most of what could fail."""


def check(net, finish, specs):
    example = {name: rows.numpy() for name, rows in rows_of(specs, rows=4).items()}
    graph = network_graph(net.eval(), finish, list(specs), example)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = rows_of(specs, rows=17, seed=3)
    feeds = {name: array.numpy() for name, array in rows.items()}
    with torch.inference_mode():
        ours = finish(net(rows)).numpy()

    together = session.run(None, feeds)[0]
    alone = np.concatenate([session.run(None, {k: v[i : i + 1] for k, v in feeds.items()})[0] for i in range(17)])

    size = np.abs(ours).max()
    np.testing.assert_allclose(together / size, ours / size, rtol=0, atol=1e-5)
    np.testing.assert_allclose(alone / size, together / size, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", FEW)
def test_the_exported_file_answers_as_the_network_does(name):
    """To 1e-5, for one row as for many, whatever the number of rows it was exported with."""
    check(shaken(made(name)), Finish("classification", {}), specs_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*CASES, *LISTS} - set(FEW)))
def test_every_family_and_layer_exports(name):
    """The rest of them."""
    check(shaken(made(name)), Finish("regression", {"center": 3.0, "spread": 2.0}), specs_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["zscore", "minmax", "robust", "quantile", "log", "none"])
def test_every_scaling_method_exports(method):
    """Scaling is inside the file, quantiles and float64 included."""
    scaling = {"numbers": {**SCALING["numbers"], "method": method}}
    net = build(Network(layers=["dense:8:relu", "dense:3"]), [NUMBERS], scaling, width=3, task="regression", seed=0)

    check(net, Finish("regression", {"center": 3.0, "spread": 2.0}), (NUMBERS,))
