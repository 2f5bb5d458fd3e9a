"""Checkpoints: one file each, whole or absent; the newest two are kept, and a spoilt one is passed over.

A file is safetensors with JSON in its header, named by its step and the hash of its content. No random state is in it,
since all random numbers are functions of (seed, epoch, step).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from andon.run.files import write_bytes

KEPT = 2


def save(folder: Path, step: int, *, tensors: dict[str, Tensor], plain: dict[str, Any]) -> Path:
    """Write a checkpoint (temporary name, fsync, rename), then remove all but the newest two."""
    apart = {name: _dense(tensor) for name, tensor in tensors.items()}
    layout = [name for name, tensor in tensors.items() if _is_channels_last(tensor)]
    header = {"andon": msgspec.json.encode({"plain": plain, "channels_last": layout}).decode()}
    content = safetensors.torch.save(apart, header)
    path = folder / f"step-{step:012d}-{hashlib.sha256(content).hexdigest()[:16]}.safetensors"
    write_bytes(path, content)
    for old in sorted(folder.glob("step-*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def newest(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and plain values of the newest checkpoint that is whole; None where there is none.

    Also removes what a killed process left half written. Only one process trains in a folder.
    """
    for left in folder.glob(".step-*.tmp"):
        left.unlink(missing_ok=True)
    for path in sorted(folder.glob("step-*.safetensors"), reverse=True):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest()[:16] != path.stem.rsplit("-", 1)[-1]:
            continue
        with safetensors.safe_open(path, framework="pt") as file:
            header = msgspec.json.decode(file.metadata()["andon"])
        tensors = safetensors.torch.load(content)
        for name in header["channels_last"]:
            tensors[name] = tensors[name].contiguous(memory_format=torch.channels_last)
        return tensors, header["plain"]
    return None


def _dense(tensor: Tensor) -> Tensor:
    """A copy of its own, row by row: tied weights share memory, which the format cannot say."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())


def _is_channels_last(tensor: Tensor) -> bool:
    """Kept so that a resumed run adds in the same order."""
    return tensor.dim() == 4 and tensor.is_contiguous(memory_format=torch.channels_last) and not tensor.is_contiguous()
