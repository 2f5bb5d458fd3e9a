"""`Average`: a running mean of the weights, smoother than the last step's (Polyak & Juditsky 1992)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """Exponential mean of a net's parameters and its floating buffers (batch norms' statistics).

    Decay per step is `min(decay, (1 + t) / (10 + t))`, so that a short run is not held back by its start. Whole-number
    buffers follow the net.
    """

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.source = {**dict(net.named_parameters()), **dict(net.named_buffers())}
        self.mean = {name: tensor.detach().clone() for name, tensor in self.source.items()}
        self._moving = [name for name, tensor in self.source.items() if tensor.is_floating_point()]

    @torch.no_grad()
    def update(self) -> None:
        """Take the net's present weights in."""
        self.updates += 1
        weight = 1 - min(self.decay, (1 + self.updates) / (10 + self.updates))
        means, now = [self.mean[n] for n in self._moving], [self.source[n].detach() for n in self._moving]
        torch._foreach_lerp_(means, now, weight)
        for name in self.mean.keys() - set(self._moving):
            self.mean[name].copy_(self.source[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The net holds the mean inside the block, and its own weights again after it."""
        own = {name: tensor.detach().clone() for name, tensor in self.source.items()}
        self._put(self.mean)
        try:
            yield
        finally:
            self._put(own)

    def state_dict(self) -> dict[str, Tensor | int]:
        """Tensors by the net's own names, and the number of updates."""
        return {"updates": self.updates, **self.mean}

    def load_state_dict(self, state: dict[str, Tensor | int]) -> None:
        """Take up a state given by `state_dict`."""
        self.updates = int(state["updates"])
        for name, tensor in self.mean.items():
            tensor.copy_(torch.as_tensor(state[name]))

    @torch.no_grad()
    def _put(self, values: dict[str, Tensor]) -> None:
        """Write values into the net's own tensors."""
        for name, tensor in self.source.items():
            tensor.copy_(values[name])
