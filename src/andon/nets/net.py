"""`Net`: any network of this house, seen from outside."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from andon.nets.members import InTurn, seed_of
from andon.nets.ntk import TangentDense


class Net(nn.Module):
    """Arrays by name -> raw outputs (N, M, W): M members, W outputs.

    `members_kind` is `one`, `batched` (independent, each parameter has a leading M), `shared` (members share weights)
    or `in_turn`. `optimizer` and `learning_rate` (its peak) are what this kind of network is made for.
    """

    def __init__(
        self, core: nn.Module, *, members: int, members_kind: str, seed: int, single: nn.Module | None = None
    ) -> None:
        super().__init__()
        self._single = None if single is None else (single.eval(),)  # in a tuple: its weights are nobody's
        self.core, self.members, self.members_kind, self.seed = core, members, members_kind, seed
        singles: list[Any] = list(core.nets) if isinstance(core, InTurn) else [core]
        self.optimizer = str(getattr(singles[0], "optimizer", "adamw"))
        self.learning_rate = float(getattr(singles[0], "learning_rate", 1e-3))
        for single in singles:
            _mark_head(single)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, M, W)."""
        raw: Tensor = self.core(inputs)
        if self.members_kind == "batched":
            return raw.transpose(0, 1)
        return raw if raw.ndim == 3 else raw.unsqueeze(1)

    def member(self, number: int, inputs: dict[str, Tensor]) -> Tensor:
        """Arrays by name -> (N, 1, W) of one independent member, which alone is computed. As in evaluation mode."""
        if self._single is None:
            raw: Tensor = self.core.nets[number](inputs) if isinstance(self.core, InTurn) else self.core(inputs)
        else:
            own = {name: tensor[number] for name, tensor in self.core.state_dict().items()}
            raw = functional_call(self._single[0], own, (inputs,))
        return raw if raw.ndim == 3 else raw.unsqueeze(1)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Net:
        """Moves what stands for a single member along."""
        if self._single is not None:
            self._single[0]._apply(fn, recurse)  # type: ignore[no-untyped-call]
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def num_weights(self) -> int:
        """Number of trained figures, all members together."""
        return sum(parameter.numel() for parameter in self.parameters())

    @torch.no_grad()
    def calibrate_init(self, batch: dict[str, Tensor]) -> None:
        """Data-dependent start of RealMLP's layers from some hundred training rows; nothing for other networks.

        Layer by layer: spread of each neuron to 1, its bias into the cloud of its own values. The seed alone decides.
        Made as training begins.
        """
        draw = [torch.Generator().manual_seed(seed_of(self.seed, member)) for member in range(self.members)]
        layers = [module for module in self.modules() if isinstance(module, TangentDense)]

        def fit(module: nn.Module, given: tuple[Any, ...]) -> None:
            assert isinstance(module, TangentDense)
            own = draw if module.members > 1 else [turns[id(module)]]
            module.calibrate(given[0], own)

        per = len(layers) // self.members if self.members_kind == "in_turn" else len(layers)
        turns = {id(layer): draw[place // per] for place, layer in enumerate(layers)} if layers else {}
        hooks = [layer.register_forward_pre_hook(fit) for layer in layers]
        training = self.training
        self.eval()
        if layers:
            self(batch)
        self.train(training)
        for hook in hooks:
            hook.remove()

    def __deepcopy__(self, memo: dict[int, Any]) -> Net:
        """A copy whose parameters keep their tags, which PyTorch's own copy would drop."""
        twin = Net.__new__(Net)
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        for theirs, ours in zip(twin.parameters(), self.parameters(), strict=True):
            theirs.__dict__.update(ours.__dict__)
        return twin


def _mark_head(core: nn.Module) -> None:
    """The last matrix answers in the target's own terms: it is no hidden one, which Muon would turn into a rotation."""
    matrices = [p for p in core.parameters() if p.ndim >= 2 and not getattr(p, "no_decay", False)]
    if matrices:
        matrices[-1].hidden = False  # type: ignore[attr-defined]
