"""Very large pictures: cut into tiles in training and at the line, and the worst tile answers."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image
from scratched import written

import andon
from andon.api.fit import ready
from andon.api.learning.shown import shown
from andon.api.new import new
from andon.api.plans import read_plan, resolve
from andon.encode.tiles import corners
from andon.errors import SettingProblem

HEIGHT, WIDTH = 160, 236


def picture(rng, *, scratched):
    """A grained surface, and the mask of a short scratch: 20 pixels of 236."""
    values, mask = rng.normal(120, 6, (HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH), bool)
    if scratched:
        row, column = int(rng.integers(8, HEIGHT - 8)), int(rng.integers(8, WIDTH - 30))
        mask[row : row + 4, column : column + 20] = True
        values[mask] -= 70
    return values.clip(0, 255).astype(np.uint8), mask


@pytest.fixture(scope="module")
def inspected(tmp_path_factory):
    """Parts in MVTec's layout, and a small run on tiles of 96 pixels."""
    parts = written(
        tmp_path_factory.mktemp("parts"),
        picture,
        [("train/good", 30, False), ("test/good", 10, False), ("test/scratch", 10, True)],
    )
    run = andon.fit(
        "surface_anomaly", parts, runs=tmp_path_factory.mktemp("runs"), quiet=True, threads=1,
        checks={"picture": {"fit": "tiles", "size": 96}}, network={"size": "tiny"},
        train={"epochs": 4, "learning_rate": 0.004, "precision": "float32"},
    )  # fmt: skip
    return parts, run


def test_a_short_scratch_on_a_large_picture_is_found_and_placed(inspected):
    """The picture keeps its scale, the worst tile decides, and the stitched map lies on the mask."""
    _, run = inspected
    found = json.loads((run / "metrics.json").read_text())
    schema = json.loads((run / "schema.json").read_text())
    assert schema["fields"][0]["whole"] == [160, 240]
    assert schema["fields"][0]["shape"] == [6, 96, 96]
    assert found["metrics"]["roc_auc"]["value"] > 0.9
    assert found["pixels"]["auroc"] > 0.8
    assert found["parity"]["flips"] == 0
    assert (run / "report.html").read_text().count("data:image/jpeg;base64") >= 20


def test_the_line_cuts_as_training_did_in_bounded_memory(inspected, monkeypatch):
    """Rows asked together, in blocks and alone get one answer; maps cover the whole picture."""
    parts, run = inspected
    model = andon.load(run)
    places = [str(p) for p in sorted((parts / "test/scratch").glob("*.png"))]
    frame = pl.DataFrame({"picture": [*places, None]})
    together = model.predict(frame)
    monkeypatch.setattr("andon.encode.schema.BLOCK_BYTES", 1)
    assert model.schema.rows_at_once() == 1
    alone = model.predict(frame)
    assert alone.select("answer", "decision", "problem").equals(together.select("answer", "decision", "problem"))
    np.testing.assert_allclose(alone["p_defect"].to_numpy(), together["p_defect"].to_numpy(), atol=1e-5)
    assert model.predict({"picture": places[0]})["answer"] == together["answer"][0]
    maps = model.maps(frame)
    assert maps.shape == (11, 20, 30)
    assert np.isnan(maps[10]).all()


def test_with_labels_of_whole_pictures_and_masks_the_worst_tile_learns(tmp_path):
    """Good and scratched parts told apart by their worst tile; masks say which tiles of a picture can show it."""
    written(tmp_path / "p", picture, [("good", 36, False), ("scratch", 36, True)])
    resolved = resolve("defect_class", [str(tmp_path / "p"), "checks={picture: {fit: tiles, size: 96}}"])
    prepared = ready(resolved, cache=tmp_path / "runs/.arrays")
    allowed = shown(prepared)
    scratched = prepared.learn[prepared.raw[prepared.learn] == "scratch"]
    assert prepared.state["good"] == [0]
    assert 1 <= allowed[scratched].sum(axis=1).min() <= allowed[scratched].sum(axis=1).max() < 6
    assert allowed[np.setdiff1d(prepared.learn, scratched)].all()

    run = andon.fit(
        "defect_class", tmp_path / "p", runs=tmp_path / "runs", quiet=True, threads=1, accept=["*"],
        checks={"picture": {"fit": "tiles", "size": 96}}, network={"size": "tiny"},
        train={"epochs": 20, "learning_rate": 0.004, "precision": "float32"},
    )  # fmt: skip
    found = json.loads((run / "metrics.json").read_text())
    assert found["metrics"]["roc_auc"]["value"] > 0.9
    assert found["parity"]["flips"] == 0
    assert (run / "augmented.arrow").exists()
    assert (run / "worst.arrow").exists()


def test_what_has_no_rule_for_tiles_is_refused(tmp_path):
    """A number has no worst tile."""
    written(tmp_path / "p", picture, [("good", 12, False)])
    places = [str(p) for p in sorted((tmp_path / "p/good").glob("*.png"))]
    frame = pl.DataFrame({"picture": places, "strength": np.arange(12.0)})
    with pytest.raises(SettingProblem, match="tiles"):
        andon.fit("regress", frame, runs=tmp_path, quiet=True, target="strength", accept=["*"],
                  checks={"picture": {"fit": "tiles"}})  # fmt: skip


def test_very_large_pictures_are_cut_unasked_and_the_plan_says_why(tmp_path):
    """The reason stands in the plan that `new` writes; training looks at the tiles that stand out or that masks mark."""
    rng = np.random.default_rng(0)
    for number in range(24):
        pixels = rng.normal(120, 6, (1640, 1640))
        if number % 2:
            pixels[300:308, 1200:1208] += 90
        place = tmp_path / "p" / ("pit" if number % 2 else "good") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place)
    text = new("defect_class", str(tmp_path / "p"), [], out=tmp_path / "plan.yaml")
    line = next(line for line in text.splitlines() if "fit: tiles" in line)
    assert "1,640 x 1,640 pixels are far more than the 82 x 82" in line
    assert read_plan(tmp_path / "plan.yaml").checks == {"picture": {"fit": "tiles"}}

    prepared = ready(resolve("defect_class", [str(tmp_path / "p")]), cache=tmp_path / "runs/.arrays")
    tiles = prepared.specs[0].tiles
    there = [
        i
        for i, (top, left) in enumerate(corners(prepared.schema.fields[0]))
        if top <= 300 <= top + 248 and left <= 1200 <= left + 248
    ]
    bad = prepared.learn[prepared.raw[prepared.learn] == "pit"]
    assert prepared.places.shape == (24, 24)
    assert tiles == 81
    assert np.isin(prepared.places[bad, : len(there)], there).all()
    small = ready(resolve("defect_class", [str(tmp_path / "p"), "checks={picture: {size: 128}}"]))
    assert not small.specs[0].tiles


def test_of_very_many_tiles_some_are_learnt_from_and_all_are_asked(tmp_path):
    """Seventy tiles a picture: with masks, training sees those that show the scratch, and the run finds new ones."""
    written(tmp_path / "p", picture, [("good", 36, False), ("scratch", 36, True)])
    run = andon.fit(
        "defect_class", tmp_path / "p", runs=tmp_path / "runs", quiet=True, threads=1, accept=["*"],
        checks={"picture": {"fit": "tiles", "size": 32}}, network={"size": "tiny"},
        train={"epochs": 16, "learning_rate": 0.004, "precision": "float32", "batch": 8},
    )  # fmt: skip
    found = json.loads((run / "metrics.json").read_text())
    assert json.loads((run / "schema.json").read_text())["fields"][0]["shape"] == [70, 32, 32]
    assert found["metrics"]["roc_auc"]["value"] > 0.9
    assert found["parity"]["flips"] == 0


def test_process_values_stand_beside_tiles_in_one_network(tmp_path):
    """A scratch spoils a part only where it is hot: neither picture nor value alone says so."""
    rng, rows = np.random.default_rng(0), []
    for number in range(120):
        scratched, hot = bool(number % 2), bool(number // 2 % 2)
        place = tmp_path / f"{number:03d}.png"
        Image.fromarray(picture(rng, scratched=scratched)[0]).save(place)
        heat = (80 if hot else 20) + 5 * rng.normal()
        rows.append({"picture": str(place), "heat_c": heat, "label": "scratch" if scratched and hot else "good"})
    frame = pl.DataFrame(rows)
    run = andon.fit(
        "defect_class", frame, runs=tmp_path / "runs", quiet=True, threads=1, accept=["*"], target="label",
        checks={"picture": {"fit": "tiles", "size": 96}}, network={"size": "tiny"},
        train={"epochs": 24, "learning_rate": 0.004, "precision": "float32", "batch": 16},
    )  # fmt: skip
    found = json.loads((run / "metrics.json").read_text())
    assert found["metrics"]["roc_auc"]["value"] > 0.9
    assert found["parity"]["flips"] == 0
    assert {driver["column"] for driver in found["drivers"]} == {"picture", "heat_c"}
    model = andon.load(run)
    together = model.predict(frame.head(8))
    assert model.predict(rows[3])["answer"] == together["answer"][3]
