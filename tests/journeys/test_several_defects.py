"""Parts with none, one or several defects: from pictures or rows with all their labels to answers."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image

import andon


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
        picture, names = rng.normal(120, 6, (32, 32)), []
        if number % 2:
            picture[6:12, 6:12] += 90
            names.append("pit")
        if number // 2 % 2:
            picture[20:23, 4:28] -= 90
            names.append("scratch")
        place = tmp_path / f"{number:02d}.png"
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(place)
        rows.append({"picture": str(place), "labels": ";".join(names) or "good"})
    run = andon.fit("several_defects", pl.DataFrame(rows), runs=tmp_path / "runs", quiet=True, threads=1, accept=["*"],
                    network={"size": "tiny"}, train={"epochs": 16, "learning_rate": 0.004})  # fmt: skip
    found = json.loads((run / "metrics.json").read_text())
    assert found["metrics"]["label_average_precision"]["value"] > 0.9
    assert found["parity"]["flips"] == 0
