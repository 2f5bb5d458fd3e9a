"""Weights to begin with: of another run, or of a safetensors file of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from msgspec import Struct
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from andon.errors import SettingProblem
from andon.run.files import sha256

WRAPPED = "net."
"""What stands before the names of a network that is asked about several views of a picture."""
LICENCES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt", "COPYING")
LINES = 3
"""Lines of a licence that the report shows."""


class Begun(Struct, frozen=True, kw_only=True):
    """Where the weights came from, how many figures were taken of how many there are, and the licence they carry."""

    path: str
    sha256: str
    taken: int
    weights: int
    licence: str


def begin_from(net: nn.Module, path: str) -> Begun:
    """Put every tensor of the file that has the name and shape of one of the network's into it; the others (a head for
    other classes) stay as they were drawn. Raises `SettingProblem` where there is no such file, or nothing fits."""
    file = _file(Path(path))
    try:
        with safe_open(file, framework="pt") as opened:
            told = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a dict
    except (SafetensorError, OSError) as error:
        raise _unfit(path, "cannot be read", str(error).splitlines()[0], "give a run or a .safetensors file") from None
    tensors = {name.removeprefix(WRAPPED): tensor for name, tensor in tensors.items()}
    own = net.state_dict()
    fitting = {name: tensor for name, tensor in tensors.items() if _fits(own.get(name), tensor)}
    weights = {name: weight.numel() for name, weight in net.named_parameters()}
    if not fitting.keys() & weights.keys():
        some = next(iter(own), "nothing")
        raise _unfit(
            path, "fits nowhere", f"the network's tensors are called '{some}' and the like, and none has a twin there",
            "take a run of the same family and size",
        )  # fmt: skip
    with torch.no_grad():
        for name, tensor in fitting.items():
            own[name].copy_(tensor)
    return Begun(
        path=str(file), sha256=sha256(file), taken=sum(weights[name] for name in fitting.keys() & weights.keys()),
        weights=sum(weights.values()),
        licence=_licence(file, told),
    )  # fmt: skip


def _fits(own: Tensor | None, tensor: Tensor) -> bool:
    return own is not None and own.shape == tensor.shape


def _file(path: Path) -> Path:
    """The file meant: itself, a run's weights, or the only one of a folder."""
    if path.is_file():
        return path
    if (path / "weights.safetensors").is_file():
        return path / "weights.safetensors"
    found = sorted(path.glob("*.safetensors")) if path.is_dir() else []
    if len(found) == 1:
        return found[0]
    why = f"the folder holds {len(found)} files of weights" if path.is_dir() else "there is no such file or folder"
    raise _unfit(str(path), "names no weights", why, "give a run, a .safetensors file or a folder with one")


def _licence(file: Path, told: dict[str, str]) -> str:
    """What the file says of its licence, or the first lines of the one beside it; empty where neither says a word."""
    said: Any = told.get("license") or told.get("licence")
    if said:
        return str(said)
    beside = next((file.parent / name for name in LICENCES if (file.parent / name).is_file()), None)
    if beside is None:
        return ""
    lines = [line.strip() for line in beside.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[:LINES])


def _unfit(path: str, what: str, why: str, fix: str) -> SettingProblem:
    return SettingProblem.at("network.init", f"'{path}' {what}", why=why, fix=fix)
