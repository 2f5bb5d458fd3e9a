"""Muon: momentum whose matrix is replaced by the nearest orthogonal one (Jordan et al. 2024, "Muon: an optimizer for
hidden layers in neural networks"), steps sized like AdamW's (Liu et al. 2025, arXiv:2502.16982, section 2.2).

Differs from `torch.optim.Muon`, against which it is tested: takes stacks of matrices (members, groups of a convolution)
and orthogonalises each on its own; matrices of one shape go together in one batched product; arithmetic is float32 on
a CPU, where bfloat16 products without matrix units were 15 to 40 times slower; wide matrices are iterated by
their Gram matrix.
B matrices in a stack, R rows, C columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration: steep at zero, singular values end in about [0.7, 1.2]."""
SMALLEST = 1e-7
WIDE, MANY = 4, 33
"""Columns per row, and rows, from which the Gram matrix is iterated instead of the matrix."""
AT_ONCE = 5
"""Steps of that form between two looks at the matrix itself. An eigenvalue of nought that rounding made -1e-7 grows by
twelve in each; after seven it would be beyond what the polynomial brings back."""


def orthogonalise(stack: Tensor, steps: int = 5) -> Tensor:
    """Nearly the nearest semi-orthogonal matrix of each in a stack (B, R, C), by Newton–Schulz iteration."""
    a, b, c = COEFFICIENTS
    turned = stack.shape[-2] > stack.shape[-1]
    x = stack.mT if turned else stack
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=SMALLEST)
    if x.dtype == torch.float32 and x.shape[-1] >= WIDE * x.shape[-2] and x.shape[-2] >= MANY:
        for done in range(0, steps, AT_ONCE):
            x = _by_gram(x, min(AT_ONCE, steps - done))
    else:
        for _ in range(steps):
            gram = x @ x.mT
            x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if turned else x


def _by_gram(x: Tensor, steps: int) -> Tensor:
    """The same steps for wide matrices: each multiplies from the left by a polynomial of the Gram matrix, which needs
    products of (R, R) alone; their product meets the matrix once. Less than half the work from C = 4 R on."""
    a, b, c = COEFFICIENTS
    gram = x @ x.mT
    whole: Tensor | None = None
    for left in reversed(range(steps)):
        step = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        step.diagonal(dim1=-2, dim2=-1).add_(a)
        whole = step if whole is None else step @ whole
        if left:
            gram = step @ gram @ step
    return x if whole is None else whole @ x


class StackedMuon(torch.optim.Optimizer):
    """Muon over parameters of any shape; `stack` in a group is the (B, R, C) that each of its parameters is read as.
    Nesterov momentum; decoupled decay."""

    def __init__(self, params: Any, *, lr: float = 1e-3, momentum: float = 0.95, steps: int = 5) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "steps": steps, "weight_decay": 0.0, "stack": None})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move every parameter that has a gradient; the parameters of a group in one batched product."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            if not moved:
                continue
            _, rows, columns = group["stack"]
            joined = torch.cat([self._momentum(p, group["momentum"]).reshape(-1, rows, columns) for p in moved])
            half = joined.device.type != "cpu"
            straight = orthogonalise(joined.bfloat16() if half else joined, group["steps"]).to(joined.dtype)
            scale = 0.2 * math.sqrt(max(rows, columns))
            for parameter, part in zip(moved, straight.chunk(len(moved)), strict=True):
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(part.reshape(parameter.shape), alpha=-group["lr"] * scale)
        return loss

    def _momentum(self, parameter: Tensor, momentum: float) -> Tensor:
        """Nesterov's look-ahead of the running mean of the gradient."""
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        mean: Tensor = state["momentum_buffer"].lerp_(gradient, 1 - momentum)
        return gradient.lerp(mean, momentum)
