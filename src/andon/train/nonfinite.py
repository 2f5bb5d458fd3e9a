"""Who is to blame when a loss is not finite: rows, and the single column where there is one."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from andon.errors import Problem
from andon.feed.batch import Batch
from andon.losses.loss import Loss

NAMED = 5
"""Rows named in the message; the rest are counted."""
SUSPECTS = 8
"""Rows that must be cured by the same column before it is blamed."""


def explain(
    net: nn.Module, batch: Batch, *, loss: Loss, step: int, columns: Mapping[str, Sequence[str]] | None = None
) -> Problem:
    """The sentence: which rows of the records make the loss infinite or NaN, and which column.

    Rows are judged one by one, that is with batch norms in evaluation on a copy, since in training one such row
    spoils its whole batch. A column is at fault if filling it (with the batch's median; 0 for codes and pictures) cures
    each of the first `SUSPECTS` rows, and filling no other column does.
    """
    what = f"the loss is not finite at update {step + 1}, and training stopped before it changed a weight"
    if not all(bool(p.isfinite().all()) for p in net.parameters()):
        return Problem.of(what, why="the weights were not finite to begin with", fix="start from other weights")
    judge = copy.deepcopy(net).eval()
    for module in judge.modules():
        if isinstance(module, nn.modules.batchnorm._NormBase):
            module.reset_running_stats()  # the batch has spoilt them
    bad = _bad(judge, batch.inputs, loss, (batch.target, batch.weight))
    places = bad.nonzero().flatten()
    if not len(places):
        return Problem.of(
            what, why="no single row is at fault: the steps grew too large",
            fix="lower 'train.learning_rate', or set 'train.clip' to 1",
        )  # fmt: skip
    rows = sorted(batch.rows[places.cpu().numpy()].tolist())
    column = _column(judge, batch, loss, places[:SUSPECTS])
    if isinstance(column, tuple):
        column = _name(column, columns or {})
    return Problem.of(
        f"{what}: {_listed(rows)}",
        why=f"{column} is at fault" if column else "no single column is at fault",
        fix=f"look at {'it' if column else 'these rows'} with `andon check`, and clean or clip it",
    )


@torch.no_grad()
def _bad(judge: nn.Module, inputs: dict[str, Tensor], loss: Loss, aim: tuple[Tensor, Tensor | None]) -> Tensor:
    """Rows (N,) bool whose loss is not finite for some member."""
    return ~loss(judge(inputs), *aim).isfinite().all(dim=-1)


def _column(judge: nn.Module, batch: Batch, loss: Loss, places: Tensor) -> str | tuple[str, int | None]:
    """The one column whose filling cures these rows, as input and place in it; `the target` or `the weight`; empty."""
    inputs = {name: tensor[places] for name, tensor in batch.inputs.items()}
    target, weight = batch.target[places], None if batch.weight is None else batch.weight[places]
    if not bool(target.isfinite().all()):
        return "the target"
    if weight is not None and not bool(weight.isfinite().all()):
        return "the weight"
    cures: list[tuple[str, int | None]] = []
    for name, tensor in inputs.items():
        for index in range(tensor.shape[1]) if name in ("numbers", "codes") else [None]:
            filled = tensor.clone()
            if name == "numbers":
                filled[:, index] = _usual(batch.inputs[name][:, index])
            else:
                filled[slice(None) if index is None else (slice(None), index)] = 0
            if not bool(_bad(judge, inputs | {name: filled}, loss, (target, weight)).any()):
                cures.append((name, index))
    return cures[0] if len(cures) == 1 else ""


def _usual(column: Tensor) -> float:
    """Median of a column's finite values; 0 without any."""
    finite = column[column.isfinite()]
    return float(finite.median()) if len(finite) else 0.0


def _name(place: tuple[str, int | None], columns: Mapping[str, Sequence[str]]) -> str:
    """A column as the user knows it, where its name is known."""
    name, index = place
    if index is None:
        return f"column '{name}'"
    known = columns.get(name, ())
    return f"column '{known[index]}'" if index < len(known) else f"column {index + 1} of '{name}'"


def _listed(rows: Sequence[int]) -> str:
    """`row 7`, or `rows 3, 4, 5, 6, 7 and 12 more`, numbered from 0 as findings number them."""
    named = ", ".join(str(row) for row in rows[:NAMED])
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {named}{more}"
