"""`Run`: a folder of plain files. Where it is, whether it is whole, and what it says; no behaviour of later rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from andon.errors import RunProblem, nearest
from andon.run.files import read_json, sha256, write_json, write_text

FORMAT = 1
"""Version of the folder's layout; older ones stay readable."""

DERIVED = {"report.html"}
"""Files that may be made again from the others and are therefore not hashed."""


class Run(Struct, frozen=True):
    """A run folder. Equal folders are equal runs."""

    folder: Path

    def __fspath__(self) -> str:
        """A run can stand wherever a path can."""
        return str(self.folder)

    def __truediv__(self, name: str) -> Path:
        """Path of one of its files."""
        return self.folder / name

    @property
    def manifest(self) -> dict[str, Any]:
        """Everything decided about the run as a whole."""
        return read_json(self / "manifest.json")

    @property
    def metrics(self) -> dict[str, Any]:
        """Name -> value, interval and baselines, measured on the test part through the exported file."""
        metrics: dict[str, Any] = read_json(self / "metrics.json")["metrics"]
        return metrics

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return (self / "manifest.json").exists() and bool(self.manifest.get("finished"))

    def seal(self, manifest: dict[str, Any]) -> None:
        """Hash every file and write the manifest with `finished: true`: the last write of a run."""
        files = {
            str(p.relative_to(self.folder).as_posix()): sha256(p)
            for p in sorted(self.folder.rglob("*"))
            if p.is_file() and p.name not in DERIVED | {"manifest.json"} and not p.name.endswith(".tmp")
        }
        write_json(self / "manifest.json", {**manifest, "files": files, "finished": True})

    def verify(self) -> list[str]:
        """Names of the files whose content is no longer what the manifest says (or that are gone)."""
        changed = []
        for name, digest in self.manifest.get("files", {}).items():
            if not (self / name).is_file() or sha256(self / name) != digest:
                changed.append(name)
        return changed


def _beside(folder: Path) -> str:
    """The folder that was probably meant, among those that stand where it should."""
    around = [each.name for each in folder.parent.iterdir() if each.is_dir()] if folder.parent.is_dir() else []
    runs = [name for name in around if (folder.parent / name / "manifest.json").is_file()]
    return nearest(folder.name, runs) if runs else "name a folder below runs/"


def open_run(folder: str | Path) -> Run:
    """The finished run in a folder. Raises `RunProblem` for no run, half a run or one of a newer version."""
    run = Run(Path(folder))
    if not run.folder.is_dir():
        raise RunProblem.of("there is no such run", where=str(folder), fix=_beside(run.folder))
    manifest = run.manifest
    if manifest.get("format", 0) > FORMAT:
        raise RunProblem.of(
            f"the run has format {manifest['format']}",
            where=str(folder),
            why=f"this version of andon reads up to format {FORMAT}",
            fix="update andon",
        )
    if not manifest.get("finished"):
        raise RunProblem.of(
            "half a run",
            where=str(folder),
            why=f"it stopped at '{manifest.get('stage', 'start')}'",
            fix="give the command that began it once more; it goes on where it stopped",
        )
    return run


def begin(base: Path, name: str, identity: str) -> tuple[Run, bool]:
    """Find or make the folder for a plan and its data. `identity` is their hash.

    The unfinished run of the same identity is resumed (True); else the next free number is taken. `latest.txt` names
    the last one begun: a text file, since Windows has no links for everyone.
    """
    base.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = base / (name if number == 1 else f"{name}-{number}")
        run = Run(folder)
        if not folder.exists():
            folder.mkdir()
            write_json(run / "manifest.json", {"format": FORMAT, "identity": identity, "finished": False})
            write_text(base / "latest.txt", folder.name + "\n")
            return run, False
        if (run / "manifest.json").exists():
            manifest = run.manifest
            if not manifest.get("finished") and manifest.get("identity") == identity:
                write_text(base / "latest.txt", folder.name + "\n")
                return run, True
        number += 1


def discard(run: Run) -> None:
    """Remove a run that never got as far as having anything to lose, and the mark that it was the last."""
    import shutil

    shutil.rmtree(run.folder, ignore_errors=True)
    latest = run.folder.parent / "latest.txt"
    if latest.exists() and latest.read_text("utf-8").strip() == run.folder.name:
        latest.unlink()
