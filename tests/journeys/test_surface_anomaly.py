"""From good parts alone to an inspector: trained, shipped, judged by defects it never saw, and it says where."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image
from scratched import written

import andon
from andon.errors import DataProblem, RunProblem, SettingProblem

SIDE = 72


def picture(rng, *, scratched):
    """A grained surface of no fixed size and the mask of its scratch."""
    height, width = rng.integers(SIDE - 12, SIDE + 1, 2)
    values, mask = rng.normal(120, 6, (height, width)), np.zeros((height, width), bool)
    if scratched:
        row = int(rng.integers(20, height - 20))
        mask[row : row + 5, 12:-12] = True
        values[mask] -= 70
    return values.clip(0, 255).astype(np.uint8), mask


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """MVTec's layout: `train/good`, `test/good`, `test/scratch`, `ground_truth/scratch`."""
    folders = [("train/good", 60, False), ("test/good", 12, False), ("test/scratch", 12, True)]
    return written(tmp_path_factory.mktemp("parts"), picture, folders)


@pytest.fixture(scope="module")
def run(parts, tmp_path_factory):
    """A small run."""
    return andon.fit(
        "surface_anomaly", parts, runs=tmp_path_factory.mktemp("runs"), quiet=True, threads=1,
        network={"size": "tiny"}, train={"epochs": 16, "learning_rate": 0.004, "precision": "float32"},
    )  # fmt: skip


def test_defects_that_nobody_showed_are_found_and_placed(run):
    """Scratches stand out from good parts, and the map lies on the mask."""
    found = json.loads((run / "metrics.json").read_text())
    assert found["metrics"]["roc_auc"]["value"] > 0.9
    assert found["pixels"]["auroc"] > 0.8
    assert found["pixels"]["regions"] == 12
    assert found["parity"]["flips"] == 0
    assert found["parity"]["largest"] < 0.01


def test_a_network_of_maps_is_not_compiled(run):
    """Minutes of compiling would not come back: the plan says so, and no trial is made of it."""
    assert andon.read_plan(run / "plan.yaml").train.compile is False


def test_only_good_parts_were_learnt_from(run):
    """The state knows one class of training; the threshold says what few calibration parts support."""
    state = json.loads((run / "state/decide.json").read_text())
    assert state["classes"] == ["good", "defect"]
    assert state["shares"] == [1.0, 0.0]
    assert state["calibration_rows"] < 99
    assert state["needed"] == 99
    ways = json.loads((run / "manifest.json").read_text())["choices"]["ways"]
    assert set(ways["by"]) == {"smear", "moved", "ring", "dots"}
    answers = pl.read_parquet(run / "answers.parquet")
    assert set(answers["truth"]) == {"good", "defect"}
    assert set(answers["kind"]) == {"good", "scratch"}
    codes = [f["code"] for f in json.loads((run / "findings.json").read_text())]
    assert "class_missing_in_part" not in codes  # defects need not be shown


def test_the_loaded_run_answers_and_says_where(run, parts):
    """New pictures get a verdict and a map, without torch."""
    model = andon.load(run)
    places = sorted(str(p) for p in (parts / "test/scratch").glob("*.png"))
    answers = model.predict([{"picture": place} for place in places])
    assert [a["problem"] for a in answers] == [None] * 12
    assert sum(a["answer"] == "defect" for a in answers) >= 10
    maps = model.maps(pl.DataFrame({"picture": [*places, None]}))
    assert maps.shape[0] == 13
    assert np.isnan(maps[12]).all()
    assert not np.isnan(maps[:12]).any()


def test_the_page_shows_pictures_with_their_maps(run):
    """The contact sheet is there."""
    page = (run / "report.html").read_text()
    assert page.count("data:image/jpeg;base64") >= 24


def test_without_a_good_class_it_says_what_to_call_it(parts, tmp_path):
    """Classes that nobody calls good: one sentence, nothing left behind."""
    (tmp_path / "a").mkdir()
    for folder in ("red", "blue"):
        (tmp_path / "a" / folder).mkdir()
        for place in sorted((parts / "train/good").glob("*.png"))[:12]:
            (tmp_path / "a" / folder / place.name).write_bytes(place.read_bytes() + bytes([len(folder)]))
    with pytest.raises(SettingProblem, match="Call it 'good'"):
        andon.fit("surface_anomaly", tmp_path / "a", runs=tmp_path / "runs", quiet=True, accept=["*"])
    assert not [p for p in (tmp_path / "runs").iterdir() if not p.name.startswith(".")]


def test_costs_are_refused(parts, tmp_path):
    """Costs need defects."""
    with pytest.raises(SettingProblem, match="intervals"):
        andon.fit("surface_anomaly", parts, runs=tmp_path, quiet=True, accept=["*"], cost={"escape": 5, "overkill": 1})


def test_a_table_run_draws_no_maps(quality_run):
    """Asking another job for maps is a sentence."""
    with pytest.raises(RunProblem, match="draws no maps"):
        andon.load(quality_run).maps(pl.DataFrame({"x": [1.0]}))


@pytest.mark.parametrize("size", [(8, 8), (2, 200), (16, 16)])
def test_pictures_too_small_to_say_where_are_refused(size, tmp_path):
    """Fewer places than the score is a mean of: one sentence before anything is trained, nothing left behind."""
    rng = np.random.default_rng(0)
    (tmp_path / "parts/good").mkdir(parents=True)
    for number in range(30):
        Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)).save(tmp_path / f"parts/good/{number}.png")
    with pytest.raises(DataProblem, match=f"{size[1]} × {size[0]} pixels are too small"):
        andon.fit("surface_anomaly", tmp_path / "parts", runs=tmp_path / "runs", quiet=True, accept=["*"], threads=1)
    assert not [p for p in (tmp_path / "runs").iterdir() if not p.name.startswith(".")]
