"""Surface anomalies from good parts alone, with the default plan: magnetic tile (split by `tile_group`, its size hidden),
DeepPCB (good templates), the simulator. The test part is asked once.

    python benchmarks/surface_anomalies.py --sets tile pcb simulated --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

from benchmarks.record import DATA, WORK, parity, row

OVERKILL = 0.01
PARTS = {"train": 0.5, "validation": 0.1, "calibration": 0.15}
"""Shares of the clean spots of magnetic tile; the rest is for the test."""


def tile(seed: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Places, labels, masks. Spots without any defect are dealt to the four parts whole, with their six exposures; spots
    that show one are all in the test part, with their good pictures."""
    from andon.pictures import members, read_bytes

    archive = DATA / "images/magnetic_tile/magnetic_tile.tar"
    place = {m.name: f"{archive}/{m.name}" for m in members(archive)}
    rows = list(csv.DictReader(io.StringIO(read_bytes(f"{archive}/groups.csv").decode())))
    marred = {r["tile_group"] for r in rows if r["class"] != "Free"}
    clean = np.random.default_rng(seed).permutation(sorted({r["tile_group"] for r in rows} - marred))
    ends = np.cumsum([round(share * len(clean)) for share in PARTS.values()])
    part = dict.fromkeys(marred, "test")
    for name, some in zip([*PARTS, "test"], np.split(clean, ends), strict=True):
        part |= dict.fromkeys(some.tolist(), name)
    frame = pl.DataFrame(
        {
            "picture": [place[r["file"]] for r in rows], "label": [r["class"] for r in rows],
            "mask": [place.get(f"masks/{r['file'].rsplit('.', 1)[0]}.png") for r in rows],
            "tile_group": [r["tile_group"] for r in rows], "given_part": [part[r["tile_group"]] for r in rows],
        }
    )  # fmt: skip
    return frame, {"group": "tile_group", "data.rows.part": "given_part"}


def pcb() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Templates are good, tests are not; a board's two pictures stay together."""
    from andon.pictures import members

    archive = DATA / "images/deeppcb_subset/deeppcb_subset.tar"
    found = [m.name for m in members(archive) if m.name.endswith(".png")]
    names = [Path(name).stem for name in found]
    frame = pl.DataFrame(
        {
            "picture": [f"{archive}/{name}" for name in found],
            "label": ["good" if name.endswith("_temp") else "defect" for name in names],
            "board": [name.rpartition("_")[0] for name in names],
        }
    )
    return frame, {"group": "board"}


def simulated(seed: int, folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Brushed metal with every kind of defect, masks known."""
    from PIL import Image

    from andon.simulate import surfaces

    made = surfaces(800, seed=seed)
    folder.mkdir(parents=True)
    places = []
    for number, mask in enumerate(made.truth.masks):
        place = folder / f"{number:05d}.png"
        Image.fromarray((np.asarray(mask) * 255).astype(np.uint8)).save(place)
        places.append(str(place))
    return made.frame.select("picture", "label").with_columns(mask=pl.Series(places)), {}


def one(name: str, seed: int, settings: dict[str, Any]) -> None:
    """One fit and its row."""
    import andon
    from andon.run.files import read_json

    folder = Path(tempfile.mkdtemp(dir=WORK))
    frame, more = tile(seed) if name == "tile" else pcb() if name == "pcb" else simulated(seed, folder / "masks")
    began = time.perf_counter()
    run = andon.fit(
        "surface_anomaly", frame, runs=folder / "runs", quiet=True, target="label", accept=["*"],
        **{"train.seed": seed, "split.seed": seed, "train.threads": 1, "train.device": "cpu",
           "known.ignore": [c for c in frame.columns if c == "mask"], **more, **settings},
    )  # fmt: skip
    spent = time.perf_counter() - began
    found, manifest = read_json(run / "metrics.json"), read_json(run / "manifest.json")
    answers = pl.read_parquet(run / "answers.parquet")
    good = answers["truth"].is_in(["good", "Free"])
    score = answers["p_defect"].to_numpy()
    edge = np.quantile(score[good], 1 - OVERKILL, method="higher")
    escape = float((score[~good.to_numpy()] <= edge).mean())
    decision = found.get("decision") or {}
    theirs = components(frame, answers["row"].to_numpy(), good.to_numpy())
    row("surface_auroc", set=name, seed=seed, value=found["metrics"]["roc_auc"]["value"], n=answers.height,
        peer="PCA on patches", peer_value=theirs, ratio=found["metrics"]["roc_auc"]["value"] / theirs,
        low=found["metrics"]["roc_auc"]["low"], high=found["metrics"]["roc_auc"]["high"],
        pixel_auroc=(found.get("pixels") or {}).get("auroc"), pro=(found.get("pixels") or {}).get("pro"),
        escape_at_1_percent=escape, overkill=decision.get("overkill_rate"), escape=decision.get("escape_rate"),
        ways=manifest["choices"]["ways"], by_defect=_by_defect(frame, answers), seconds=spent,
        settings=settings, **parity(run))  # fmt: skip
    print(run.folder, file=sys.stderr)


def components(frame: pl.DataFrame, test: np.ndarray, good: np.ndarray) -> float:
    """What the test part says of the rival: patches of 16 x 16 pixels at half scale, every eight, less their own mean;
    principal components of nine tenths of the variance of all good pictures outside it; what is left of a picture's
    five largest patches."""
    import torch
    import torch.nn.functional as F
    from sklearn.metrics import roc_auc_score

    from andon.encode.pictures import scale_for
    from andon.pictures import decoded, fitted, read_bytes

    cells = frame["picture"]
    named = cells.dtype == pl.String
    shape, fit = scale_for(cells.to_list()) if named else ([], "")

    def patches(row: int) -> Any:
        cell = cells[row]
        seen = fitted(decoded(read_bytes(cell), cell), shape, fit) if named else np.asarray(cell.to_list())
        grey = torch.as_tensor(seen if seen.ndim == 2 else seen.mean(axis=2)).float()[None, None]
        flat = F.unfold(F.avg_pool2d(grey, 2), 8, stride=4)[0].T
        return flat - flat.mean(dim=1, keepdim=True)

    usual = frame["label"].is_in(["good", "Free"]).to_numpy().nonzero()[0]
    taught = torch.cat([patches(row) for row in np.setdiff1d(usual, test).tolist()])
    middle = taught.mean(dim=0)
    energy, parts = torch.linalg.eigh((taught - middle).T.double() @ (taught - middle).double())
    left_out = parts[:, energy.cumsum(0) <= 0.1 * energy.sum()].float()
    score = [float(((patches(r) - middle) @ left_out).norm(dim=1).topk(5).values.mean()) for r in test.tolist()]
    return float(roc_auc_score(~good, score))


def _by_defect(frame: pl.DataFrame, answers: pl.DataFrame) -> dict[str, float]:
    """Area under the ROC curve of each kind of defect against all good ones."""
    from sklearn.metrics import roc_auc_score

    labels = frame["label"][answers["row"].to_list()].to_numpy()
    good = np.isin(labels, ["good", "Free"])
    score = answers["p_defect"].to_numpy()
    return {
        str(kind): round(
            float(roc_auc_score(labels[good | (labels == kind)] == kind, score[good | (labels == kind)])), 3
        )
        for kind in np.unique(labels[~good])
    }


def main() -> None:
    """Print a row per fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", default=["tile", "pcb", "simulated"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], metavar="PATH=VALUE", help="settings, to try something")
    asked = parser.parse_args()
    from ruamel.yaml import YAML

    settings = {k: YAML(typ="safe").load(v) for k, v in (s.split("=", 1) for s in asked.set)}
    WORK.mkdir(exist_ok=True)
    for name in asked.sets:
        for seed in asked.seeds:
            one(name, seed, settings)


if __name__ == "__main__":
    main()
