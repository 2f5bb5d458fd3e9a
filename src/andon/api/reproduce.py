"""`andon reproduce`: a run's plan once more; equal weights or not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from andon.api.fit import fit_words
from andon.errors import RunProblem
from andon.run.files import sha256
from andon.run.folder import open_run


def reproduce(folder: Path) -> tuple[bool, Path]:
    """Train again beside the run and compare the weights' bits. The records must still be where the plan says."""
    run = open_run(folder)
    for source in run.manifest["data"]:
        path = Path(source["path"])
        if not path.exists() or sha256(path) != source.get("sha256"):
            raise RunProblem.of("the records are no longer what they were", where=str(path),
                                why="file missing or changed", fix="restore the records of the run")  # fmt: skip
    with tempfile.TemporaryDirectory(dir=run.folder.parent) as base:
        choices = run / "state/choices.json"  # what was measured then is obeyed, not measured again
        again = fit_words(str(run / "plan.yaml"), [], name="again", runs=Path(base), quiet=True, choices=choices)
        same = sha256(again / "weights.safetensors") == sha256(run / "weights.safetensors")
    return same, run.folder
