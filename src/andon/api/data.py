"""`andon data`: a public set from a local folder, ready to be trained on; its checksum checked, its licence shown.

Nothing is downloaded: a plant's network is closed. The folder is the one of the project's benchmarks (`ANDON_DATA`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from andon.errors import DataProblem, Problem, nearest


@dataclass(frozen=True)
class PublicSet:
    """Where a set lies below the folder, and what to do with it."""

    name: str
    folder: str
    files: dict[str, str]
    "File -> SHA-256."
    job: str
    target: str
    settings: str = ""


SETS: dict[str, PublicSet] = {
    s.name: s
    for s in (
        PublicSet(
            "ai4i2020", "tables/ai4i2020",
            {"ai4i2020.csv.gz": "354a8fce735d17ccd1d20824548544bb8c0a5e2933ea09a326365b737f8c98d6"},
            "process_quality", "Machine_failure", "known.after=[TWF,HDF,PWF,OSF,RNF]",
        ),
        PublicSet(
            "steel_plates", "tables/steel_plates_faults",
            {"steel_plates_faults.csv.gz": "497813783da4e49a06ef5a165b90a58f599c17bee3abb281ed281178b744aa9c"},
            "classify", "Bumps", "known.after=[Pastry,Z_Scratch,K_Scatch,Stains,Dirtiness,Other_Faults]",
        ),
        PublicSet(
            "secom", "tables/secom",
            {"secom.csv.gz": "c8679045f3cb3d22908e63b00236c8a5cbe53ce91953d5734802a6f07e6db3dc"},
            "process_quality", "label", "split.by=time",
        ),
        PublicSet(
            "concrete", "tables/concrete_strength",
            {"Concrete_Data.csv.gz": "4a969fd7dabf9d4ad7327f20a16929cd5cae2724d09de05f3a97d131f012051f"}, "regress", "",
        ),
        PublicSet(
            "power_plant", "tables/power_plant_ccpp",
            {"Folds5x2_pp.csv.gz": "33141bcaf8bed8aac9e1451863662b42cfe5aa7ddb5ebed0d09e702eb40bed97"}, "regress", "PE",
        ),
        PublicSet(
            "steel_energy", "tables/steel_energy",
            {"Steel_industry_data.csv.gz": "7e5619269f4ffe714f258a62f54a78faf35c97b90d53d98e3ed7760aeddf9cc1"},
            "regress", "Usage_kWh", "split.by=time known.after=[CO2(tCO2)]",
        ),
        PublicSet("mnist", "images/mnist", {}, "classify", "label"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What was prepared."""

    path: Path
    checksum: str
    licence: str
    next: str


def prepare(name: str, source: Path | None = None, out: Path | None = None) -> Done:
    """Copy a set's files after checking them; raises `DataProblem` if one is missing or is not what it should be."""
    if name not in SETS:
        raise Problem.of(f"there is no set '{name}'", fix=nearest(name, SETS))
    known = SETS[name]
    base = source or Path(os.environ.get("ANDON_DATA", "../shared/data"))
    folder = base / known.folder
    if not folder.is_dir():
        raise DataProblem.of(
            f"the folder of '{name}' is not there", where=str(folder), why="nothing is downloaded",
            fix="name the folder that holds tables/ and images/: --from FOLDER",
        )  # fmt: skip
    files = known.files or {p.name: "" for p in sorted(folder.glob("*.gz"))}
    target = out or Path(name)
    target.mkdir(parents=True, exist_ok=True)
    digests = []
    for file, expected in files.items():
        digest = _digest(folder / file)
        if expected and digest != expected:
            raise DataProblem.of(
                f"{file} is not the file it should be", where=str(folder),
                why=f"SHA-256 {digest[:12]}…, expected {expected[:12]}…", fix="fetch the set again",
            )  # fmt: skip
        shutil.copyfile(folder / file, target / file)
        digests.append(digest)
    path = target / next(iter(files)) if len(files) == 1 else target
    settings = " ".join(filter(None, [f"target={known.target}" if known.target else "", known.settings]))
    return Done(
        path, ", ".join(d[:16] for d in digests), _licence(folder), f"andon fit {known.job} {path} {settings}".rstrip()
    )


def _digest(path: Path) -> str:
    """SHA-256 of a file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataProblem.of(f"{path.name} cannot be read", where=str(path.parent), why=str(error.strerror),
                             fix="fetch the set again") from None  # fmt: skip


def _licence(folder: Path) -> str:
    """Origin and licence lines of SOURCE.txt, as they stand."""
    source = folder / "SOURCE.txt"
    lines = source.read_text("utf-8").splitlines() if source.exists() else []
    return "\n".join(
        [lines[0] if lines else folder.name, *(line for line in lines if line.startswith(("Origin", "Licence")))]
    )
