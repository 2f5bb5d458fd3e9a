"""`andon doctor`: is everything here that is needed, and how fast is this machine?"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from andon.run.machine import machine, versions

NEEDED = (
    "numpy",
    "polars",
    "msgspec",
    "ruamel.yaml",
    "onnxruntime",
    "typer",
    "rich",
    "narwhals",
    "altair",
    "vl_convert",
    "babel",
)
TRAINING = ("torch", "safetensors", "onnx", "onnxscript", "lightgbm", "sklearn", "schedulefree", "numba")


def examine() -> list[dict[str, Any]]:
    """One entry per thing looked at: what, found, ok, optional, fix."""
    entries = [
        _entry("python", sys.version.split()[0], sys.version_info >= (3, 11), fix="install Python 3.11 or newer")
    ]
    known = versions()
    for names, extra in ((NEEDED, ""), (TRAINING, "train")):
        missing = [name for name in names if importlib.util.find_spec(name) is None]
        fix = f"pip install 'andon[{extra}]'" if extra else "pip install --force-reinstall andon"
        found = f"missing: {', '.join(missing)}" if missing else ", ".join(n for n in names)
        entries.append(_entry(f"{extra or 'base'} packages", found, not missing, optional=bool(extra), fix=fix))
    facts = machine()
    entries.append(_entry("machine", f"{facts['cores']} cores, {facts['processor']}", True))
    entries.append(_entry("versions", ", ".join(f"{k} {v}" for k, v in known.items()), True))
    entries += [_disk(), _writable()]
    if importlib.util.find_spec("torch") is not None:
        entries.append(_device())
    return entries


def _entry(what: str, found: str, ok: bool, *, optional: bool = False, fix: str = "") -> dict[str, Any]:
    return {"what": what, "found": found, "ok": ok, "optional": optional, "fix": fix}


def _disk() -> dict[str, Any]:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return _entry(
        "disk", f"{free:.1f} GiB free here", free > 1, fix="free some space: runs keep arrays and checkpoints"
    )


def _writable() -> dict[str, Any]:
    try:
        with tempfile.TemporaryFile(dir=Path.cwd()):
            return _entry("folder", "can be written to", True)
    except OSError as error:
        return _entry("folder", str(error), False, fix="change into a folder of your own")


def _device() -> dict[str, Any]:
    """What training would run on."""
    import torch

    if torch.accelerator.is_available():
        return _entry("device", str(torch.accelerator.current_accelerator()), True)
    level = torch.backends.cpu.get_cpu_capability()
    return _entry(
        "device", f"processor only ({level}, {torch.get_num_threads()} threads): fine for what andon does", True
    )
