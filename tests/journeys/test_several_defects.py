"""Parts with none, one or several defects: from pictures or rows with all their labels to answers."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import polars as pl
import pytest
from PIL import Image

import andon
from andon.cli import main


def spotted(rng, number):
    """A surface with a pit, a scratch, both or neither by turns, and the boxes of what is on it: name -> x, y, w, h."""
    picture, boxes = rng.normal(120, 6, (32, 32)), {}
    if number % 2:
        picture[6:12, 6:12] += 90
        boxes["pit"] = [6, 6, 6, 6]
    if number // 2 % 2:
        picture[20:23, 4:28] -= 90
        boxes["scratch"] = [4, 20, 24, 3]
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8)), boxes


@pytest.fixture(scope="module")
def table():
    """Values that say which of two faults a lot has; one in four has both."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(900, 3))
    hot, wet = values[:, 0] + 0.2 * rng.normal(size=900) > 0.3, values[:, 1] + 0.2 * rng.normal(size=900) > 0.3
    cells = [[name for name, has in (("hot", h), ("wet", w)) if has] or ["ok"] for h, w in zip(hot, wet, strict=True)]
    return pl.DataFrame({**{f"v{i}": values[:, i] for i in range(3)}, "faults": cells})


@pytest.fixture(scope="module")
def run(table, tmp_path_factory):
    """A small run on a column of lists."""
    return andon.fit("several_defects", table, runs=tmp_path_factory.mktemp("runs"), quiet=True, target="faults",
                     epochs=8, threads=1, network={"size": "tiny", "members": 2}, train={"optimizer": "auto"})  # fmt: skip


def test_every_class_is_answered_on_its_own(run, table):
    """Better than the shares of the classes, through the shipped file, with an interval and a line per class."""
    found = json.loads((run / "metrics.json").read_text())
    main = found["metrics"][found["main"]]
    assert found["main"] == "label_average_precision"
    assert main["low"] <= main["value"] <= main["high"]
    assert main["value"] > 0.9 > main["baseline"]
    assert found["metrics"]["label_f1"]["value"] > 0.8
    assert [line["class"] for line in found["per_class"]] == ["hot", "wet"]
    assert found["parity"]["flips"] == 0
    answers = andon.load(run).predict(table.drop("faults"))
    assert set(answers["answer"]) == {"ok", "hot", "wet", "hot;wet"}
    assert {"p_hot", "p_wet"} <= set(answers.columns)


def test_the_page_tells_of_classes_and_figures(run):
    """Both languages have words for the metrics."""
    page = (run / "report.html").read_text()
    assert "Average precision, mean of classes" in page
    assert "name all that apply" in page


def test_it_is_judged_again_on_new_rows(run, table):
    """`evaluate` reads the same cells."""
    found = andon.evaluate(run, table)
    assert found["metrics"]["label_average_precision"]["value"] > 0.9


def test_pictures_with_several_defects(tmp_path):
    """A table of places and labels `pit;scratch`: parts with both are answered with both."""
    rng, rows = np.random.default_rng(0), []
    for number in range(96):
        picture, boxes = spotted(rng, number)
        place = tmp_path / f"{number:02d}.png"
        picture.save(place)
        rows.append({"picture": str(place), "labels": ";".join(boxes) or "good"})
    run = andon.fit("several_defects", pl.DataFrame(rows), runs=tmp_path / "runs", quiet=True, threads=1, accept=["*"],
                    network={"size": "tiny"}, train={"epochs": 16, "learning_rate": 0.004})  # fmt: skip
    found = json.loads((run / "metrics.json").read_text())
    assert found["metrics"]["label_average_precision"]["value"] > 0.9
    assert found["parity"]["flips"] == 0


def annotated(base):
    """Pictures and COCO's annotations beside them, and a .zip of both."""
    (base / "set/images").mkdir(parents=True)
    rng, images, annotations = np.random.default_rng(0), [], []
    for number in range(96):
        picture, boxes = spotted(rng, number)
        picture.save(base / f"set/images/{number:02d}.png")
        images.append({"id": number, "file_name": f"{number:02d}.png"})
        annotations += [
            {"image_id": number, "category_id": name, "bbox": box, "area": box[2] * box[3]}
            for name, box in boxes.items()
        ]
    categories = [{"id": name, "name": name} for name in ("pit", "scratch")]
    told = {"images": images, "annotations": annotations, "categories": categories}
    (base / "set/annotations.json").write_text(json.dumps(told))
    with zipfile.ZipFile(base / "set.zip", "w") as packed:
        for file in sorted((base / "set").rglob("*.*")):
            packed.write(file, file.relative_to(base / "set"))
    return base


def asked(*words):
    """A command as it is typed; it ends well."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code in (0, None)


def test_annotations_with_several_categories_go_from_file_to_answer(tmp_path, monkeypatch):
    """`new`, `fit`, `report`, `predict` from COCO's file, its folder and a .zip: all categories are the target, and the
    one that covers most is no input."""
    base = annotated(tmp_path)
    monkeypatch.chdir(tmp_path)
    for number, data in enumerate(("set", "set/annotations.json", "set.zip")):
        asked("new", "several_defects", data, "--out", f"{number}.yaml")
        plan = andon.read_plan(f"{number}.yaml")
        assert plan.target == "categories"
    quick = ["network.size=tiny", "epochs=16", "batch=16", "learning_rate=0.004", "threads=1", "accept=['*']"]
    asked("fit", "2.yaml", *quick)
    run = base / "runs/several_defects"
    columns = {c["name"]: c["role"] for c in json.loads((run / "manifest.json").read_text())["columns"]}
    assert [name for name, role in columns.items() if role == "input"] == ["picture"]
    assert json.loads((run / "metrics.json").read_text())["metrics"]["label_average_precision"]["value"] > 0.9
    asked("report", run)
    assert (run / "report.html").read_text().count("data:image/jpeg;base64") >= 20
    asked("predict", run, "set/images", "--out", "answers.csv")
    answers = pl.read_csv("answers.csv")
    assert set(answers["answer"]) == {"good", "pit", "scratch", "pit;scratch"}


def test_the_worst_cases_are_those_whose_whole_truth_was_believed_least(tmp_path):
    """Cells in another order than the answer's are right; wrong ones are ranked by the chance of all their classes."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 2))
    hot, wet = values[:, 0] + rng.normal(size=300) > 0.3, values[:, 1] + 0.1 * rng.normal(size=300) > 0.3
    cells = ["wet, hot" if h and w else "hot" if h else "wet" if w else "ok" for h, w in zip(hot, wet, strict=True)]
    run = andon.fit("several_defects", pl.DataFrame({"a": values[:, 0], "b": values[:, 1], "faults": cells}),
                    runs=tmp_path, quiet=True, target="faults", epochs=4, threads=1, network={"size": "tiny"})  # fmt: skip
    answers = pl.read_parquet(run / "answers.parquet")
    assert set(answers["truth"]) == {"ok", "hot", "wet", "hot;wet"}
    page = (run / "report.html").read_text()
    assert "wet, hot" not in page
    assert "Probability of the truth" in page
