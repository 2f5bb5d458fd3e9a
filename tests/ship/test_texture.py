"""Network and texture in one graph answer as both do in training."""

from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from torch import nn

from andon.encode.block import InputSpec
from andon.nets.heads import Finish
from andon.nets.texture import Texture
from andon.ship.export import add_tail, network_graph
from andon.ship.joined import joined
from andon.ship.parity import trained_scores
from andon.tasks import TASKS
from andon.train.rivals.affine import described
from andon.train.rivals.texture import Described, fit_texture


class Small(nn.Module):
    """A network of one product over the means of rows of pixels."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(72, 3)

    def forward(self, inputs):
        return self.last(inputs["p"].float().mean(dim=2) / 255).unsqueeze(1)


def test_the_blend_in_the_graph_is_the_blend_in_training():
    """Scores of the file agree with the weighted mean of both, tempered, to a millionth; alone or together."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pictures = rng.normal(120, 20, (60, 72, 80))
    target = np.arange(60) % 3
    pictures[target == 1, ::3] += 30
    pictures[target == 2, :, ::5] += 30
    arrays = {"p": pictures.clip(0, 255).astype(np.uint8)}
    spec = InputSpec(name="p", kind="image", shape=(72, 80), dtype="uint8")
    texture = Texture([spec], {"p": {"method": "zscore", "center": 120.0, "spread": 30.0}}).eval()
    seen = Described(described(texture, arrays, 64), target, np.ones(60), np.arange(60) % 5)
    rival = fit_texture(texture, seen, width=3, in_turn=False, again=True)
    state = {"classes": ["a", "b", "c"], "temperature": 1.3, "blend": {"network": 0.35, "texture": 0.65}}
    net, finish, task = Small(), Finish("classification", state), TASKS["classification"]
    said = {"network": trained_scores(net, finish, arrays), "texture": rival.scores(arrays, state)}
    both = task.blend(said, state)

    graph = network_graph(*joined((net, finish), (rival,), state), [spec], arrays)
    graph = add_tail(graph, None, "classification", state)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    scores = session.run(None, arrays)[0]

    np.testing.assert_allclose(scores, task.adjust(both, state), atol=1e-6)
    np.testing.assert_allclose(session.run(None, {"p": arrays["p"][7:8]})[0], scores[7:8], atol=1e-6)
    assert (rival.scores(arrays, state).argmax(axis=1) == target).mean() > 0.9
