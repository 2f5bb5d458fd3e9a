"""Weights to begin with: what fits is taken, what does not is said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import andon
from andon.api.learning.start import begin_from
from andon.errors import SettingProblem


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))


def test_what_fits_is_taken_and_the_rest_stays(tmp_path):
    """A head for other classes has another shape."""
    torch.manual_seed(0)
    donor, net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 9)), small()
    head = net[1].weight.clone()
    save_file(donor.state_dict(), tmp_path / "w.safetensors", metadata={"license": "CC BY 4.0"})
    begun = begin_from(net, str(tmp_path))
    assert torch.equal(net[0].weight, donor[0].weight)
    assert torch.equal(net[1].weight, head)
    assert (begun.taken, begun.weights) == (16, 26)
    assert begun.licence == "CC BY 4.0"


def test_a_licence_beside_the_file_is_read(tmp_path):
    """Its first lines."""
    save_file(small().state_dict(), tmp_path / "w.safetensors")
    (tmp_path / "LICENSE").write_text("MIT License\n\nCopyright (c) 2024 Somebody\n")
    assert begin_from(small(), str(tmp_path / "w.safetensors")).licence == "MIT License / Copyright (c) 2024 Somebody"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: None, "no such file"),
        (lambda p: p.mkdir(), "0 files of weights"),
        (lambda p: p.write_bytes(b"not weights"), "cannot be read"),
        (lambda p: save_file({"x": torch.zeros(2)}, p), "fits nowhere"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(tmp_path, make, says):
    """Nothing there, an empty folder, something else, another network."""
    make(tmp_path / "w")
    with pytest.raises(SettingProblem, match=says):
        begin_from(small(), str(tmp_path / "w"))


def test_a_run_begins_where_another_ended(tmp_path):
    """The second run's untrained weights are the first one's; the manifest says so."""
    x = np.random.default_rng(0).normal(size=(200, 3))
    frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(3)} | {"y": np.where(x.sum(axis=1) > 0, "a", "b")})
    plan = {"target": "y", "quiet": True, "runs": tmp_path, "optimizer": "adam", "threads": 1, "trees": "off"}
    layers = [{"dense": 8, "activation": "relu"}, {"dense": 2}]
    first = andon.fit("classify", frame, name="one", network={"layers": layers}, epochs=2, **plan)
    still = {**plan, "learning_rate": 1e-9}
    second = andon.fit(
        "classify", frame, name="two", network={"layers": layers, "init": str(first.folder)}, epochs=1, **still
    )
    ours, theirs = (load_file(run / "weights.safetensors") for run in (second, first))
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in theirs)
    assert second.manifest["choices"]["init"]["taken"] == second.manifest["choices"]["init"]["weights"]
