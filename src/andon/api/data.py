"""`andon data`: a public set from a local folder, ready to be trained on; its checksum checked, its licence shown.

Nothing is downloaded: a plant's network is closed. The folder is the one of the project's benchmarks (`ANDON_DATA`).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

from andon.errors import DataProblem, Problem, nearest


@dataclass(frozen=True)
class PublicSet:
    """Where a set lies below the folder, and what to do with it."""

    name: str
    folder: str
    files: dict[str, str]
    "File -> SHA-256 of what it holds unpacked."
    job: str
    target: str
    settings: str = ""


SETS: dict[str, PublicSet] = {
    s.name: s
    for s in (
        PublicSet(
            "ai4i2020", "tables/ai4i2020",
            {"ai4i2020.csv.gz": "7d0663a632a1a045144d504b34ab64e52efa3d55ad99d8d7c3a61b751e20c8fb"},
            "process_quality", "Machine_failure", "known.after=[TWF,HDF,PWF,OSF,RNF]",
        ),
        PublicSet(
            "steel_plates", "tables/steel_plates_faults",
            {"steel_plates_faults.csv.gz": "20825a4f48de8fd9aba03200093a0bcf79091e7151788573c04ac374215c52b2"},
            "classify", "Bumps", "known.after=[Pastry,Z_Scratch,K_Scatch,Stains,Dirtiness,Other_Faults]",
        ),
        PublicSet(
            "secom", "tables/secom",
            {"secom.csv.gz": "b551301e8a432599ace220bdaf7246d9479622193c1ae97fe88d32f597818a0b"},
            "process_quality", "label", "split.by=time",
        ),
        PublicSet(
            "concrete", "tables/concrete_strength",
            {"Concrete_Data.csv.gz": "f656a971ce020d12a7d5e1d4aebd103aa28d99a164efca7125091a05380d3db2"}, "regress", "",
        ),
        PublicSet(
            "power_plant", "tables/power_plant_ccpp",
            {"Folds5x2_pp.csv.gz": "18d3af05bc856b77d58301cb6ddfd2d8dd5d6e1fd7e422278a7f774182163d71"}, "regress", "PE",
        ),
        PublicSet(
            "steel_energy", "tables/steel_energy",
            {"Steel_industry_data.csv.gz": "d878899862a6c2f6e4ade0149ce8acabaf313c2242824a8bd5b4f89ab10e66f1"},
            "regress", "Usage_kWh", "split.by=time known.after=[CO2(tCO2)]",
        ),
        PublicSet(
            "mnist", "images/mnist",
            {
                "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            },
            "classify", "label",
        ),
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
    target = out or Path(name)
    target.mkdir(parents=True, exist_ok=True)
    digests = []
    for file, expected in known.files.items():
        digest = _digest(folder / file)
        if digest != expected:
            raise DataProblem.of(
                f"{file} is not the file it should be", where=str(folder),
                why=f"SHA-256 {digest[:12]}…, expected {expected[:12]}…", fix="fetch the set again",
            )  # fmt: skip
        shutil.copyfile(folder / file, target / file)
        digests.append(digest)
    path = target / next(iter(known.files)) if len(known.files) == 1 else target
    settings = " ".join(filter(None, [f"target={known.target}" if known.target else "", known.settings]))
    return Done(
        path, ", ".join(d[:16] for d in digests), _licence(folder), f"andon fit {known.job} {path} {settings}".rstrip()
    )


def _digest(path: Path) -> str:
    """SHA-256 of what a gzip file holds, however it was packed."""
    try:
        with gzip.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataProblem.of(f"{path.name} cannot be read", where=str(path.parent), why=why,
                             fix="fetch the set again") from None  # fmt: skip


def _licence(folder: Path) -> str:
    """Origin and licence lines of SOURCE.txt, as they stand."""
    source = folder / "SOURCE.txt"
    lines = source.read_text("utf-8").splitlines() if source.exists() else []
    return "\n".join(
        [lines[0] if lines else folder.name, *(line for line in lines if line.startswith(("Origin", "Licence")))]
    )
