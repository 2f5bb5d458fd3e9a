"""Gradient attribution: mean |d answer / d column| × spread of the column (after Simonyan et al. 2014,
arXiv:1312.6034, averaged over rows; differs from it by the factor that makes columns of different units comparable)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from andon.encode.arrays import Encoding
from andon.encode.block import Arrays

MOST_ROWS = 1000


def gradients(net: nn.Module, finish: nn.Module, arrays: Arrays, encoding: Encoding) -> dict[str, float]:
    """Steepness per number column, in scores per spread; empty without number columns. Categories have no gradient."""
    if "numbers" not in arrays or not encoding.numbers:
        return {}
    device = next(net.parameters()).device
    batch = {n: torch.from_numpy(np.ascontiguousarray(a[:MOST_ROWS])).to(device) for n, a in arrays.items()}
    numbers = batch["numbers"] = batch["numbers"].clone().requires_grad_(True)
    net.eval()
    scores = finish(net(batch))
    top = scores.gather(1, scores.argmax(dim=1, keepdim=True)) if scores.shape[1] > 1 else scores
    (slope,) = torch.autograd.grad(top.sum(), numbers)
    read = arrays["numbers"][:MOST_ROWS]
    spread = np.nanstd(np.where(np.isnan(read).all(axis=0), 0.0, read), axis=0)  # 0 where nothing was read
    steep = slope.abs().nan_to_num().mean(dim=0).double().cpu().numpy() * spread
    return {name: float(steep[i]) for i, name in enumerate(encoding.numbers)}
