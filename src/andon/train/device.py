"""Where training runs, and how it is pinned so that equal commands end in equal bits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from andon.errors import SettingProblem
from andon.train.settings import Settings

_WORD = (1 << 63) - 1


def device_of(asked: str) -> torch.device:
    """`auto` is the accelerator where there is one, else the processor. Raises `SettingProblem` for one that isn't."""
    if asked == "auto":
        found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        return found or torch.device("cpu")
    try:
        device = torch.device(asked)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise SettingProblem.at(
            "train.device", f"'{asked}' cannot be used", why=str(error).splitlines()[0], fix="use 'auto' or 'cpu'"
        ) from None
    return device


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def pinned(settings: Settings) -> Iterator[None]:
    """Fix threads and deterministic kernels, and leave PyTorch's switches and random numbers as they were.

    `set_deterministic_debug_mode` is used since `use_deterministic_algorithms` imports the compiler, 1.5 s. Filling
    fresh memory, which it implies, costs time and changes nothing for code that writes before it reads.
    """
    memory: Any = torch.utils.deterministic
    before = torch.get_num_threads(), torch.get_deterministic_debug_mode(), memory.fill_uninitialized_memory
    random, benchmark = torch.get_rng_state(), torch.backends.cudnn.benchmark
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats its sums only with this
    torch.set_num_threads(settings.threads)
    accelerated = torch.device(settings.device).type != "cpu"
    torch.set_deterministic_debug_mode(1 if accelerated else 2)  # some kernels there have no such form: they warn
    memory.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.set_deterministic_debug_mode(before[1])
        memory.fill_uninitialized_memory = before[2]
        torch.backends.cudnn.benchmark = benchmark
        torch.set_rng_state(random)


def seeded(device: torch.device, seed: int) -> None:
    """Seed the numbers that dropout and its like draw. (`torch.manual_seed` takes 0.2 ms: it asks every back end.)"""
    torch.default_generator.manual_seed(seed & _WORD)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed & _WORD)


def bfloat16_may_pay(device: torch.device) -> bool:
    """Whether this machine multiplies bfloat16 in hardware; elsewhere it is many times slower than float32."""
    if device.type == "cpu":
        return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return device.type in ("cuda", "xpu", "mps")
