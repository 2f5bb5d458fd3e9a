"""The verbs, as Python and as commands: from records to a run, and what is done with runs afterwards."""

from __future__ import annotations

import gzip
import json
import shutil

import jsonschema
import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML
from tests.conftest import lots

import andon
from andon.api.data import prepare as prepare_set
from andon.api.doctor import examine
from andon.api.new import new
from andon.api.reproduce import reproduce
from andon.api.size import size_words
from andon.cli import _run
from andon.errors import DataProblem, Problem, Refused, SettingProblem
from andon.run.files import read_json


def test_a_run_holds_what_the_design_says(quality_run):
    """Plain files, each hashed; nothing else is needed to answer, judge and report."""
    names = {p.name for p in quality_run.folder.iterdir()}

    assert names >= {
        "plan.yaml", "manifest.json", "schema.json", "weights.safetensors", "model.onnx", "parity.json", "samples.arrow",
        "history.arrow", "metrics.json", "findings.json", "answers.parquet", "report.html", "state",
    }  # fmt: skip
    assert quality_run.verify() == []
    assert not (quality_run / "checkpoint").exists()


def test_metrics_have_an_interval_and_baselines(quality_run):
    """Beside every figure: a 95 % interval, the simple answer, the linear model and the trees."""
    facts = quality_run.metrics["average_precision" if "average_precision" in quality_run.metrics else "accuracy"]

    assert facts["low"] <= facts["value"] <= facts["high"]
    assert {"baseline", "linear", "trees"} <= set(facts)


def test_the_network_learns_what_drives_quality(quality_run):
    """On the pressed parts the answer beats the simple baseline, and the true driver leads."""
    metrics = read_json(quality_run / "metrics.json")

    assert metrics["metrics"]["roc_auc"]["value"] > 0.9
    assert metrics["drivers"][0]["column"] == "pressure_bar"


def test_trees_ride_in_the_same_graph(quality_run):
    """The blend is exported and passed the parity gate without a flip."""
    blend, gate = read_json(quality_run / "metrics.json")["blend"], read_json(quality_run / "parity.json")

    assert 0 < blend["trees"] <= 1
    assert (gate["flips"], gate["one_row_equal"]) == (0, True)


def test_an_interval_comes_with_a_number(strength_run):
    """Regression answers value, interval and the quantiles asked for, in rising order."""
    answers = andon.predict(strength_run.folder, lots(50, seed=3))

    assert (answers["low"] < answers["high"]).all()
    assert (answers["q0.1"] <= answers["q0.9"]).all()
    assert strength_run.metrics["r2"]["value"] > 0.5


def test_the_same_plan_ends_in_the_same_bits(quality_run, tmp_path):
    """The run's own plan.yaml does the same again, to the bit."""
    code = _run(["reproduce", str(quality_run.folder)], debug=True)

    assert code == 0


def test_a_leak_is_refused_and_named(tmp_path):
    """A column that gives the target away stops the training with exit code 1 and leaves no run behind."""
    frame = lots(300).with_columns(rework=(pl.col("quality") == "ng").cast(pl.Int64))
    frame.write_csv(tmp_path / "lots.csv")
    with pytest.raises(Refused, match="rework"):
        andon.fit("process_quality", tmp_path / "lots.csv", runs=tmp_path / "runs", target="quality", quiet=True,
                  known={"ignore": ["strength"]})  # fmt: skip

    assert list((tmp_path / "runs").iterdir()) == []


def test_a_new_plan_keeps_leaks_out_and_says_why(tmp_path):
    """`andon new` writes a plan that trains: the leak is in known.after, with the finding as its reason."""
    frame = lots(400).with_columns(rework=(pl.col("quality") == "ng").cast(pl.Int64)).drop("strength")
    frame.write_csv(tmp_path / "lots.csv")

    text = new("process_quality", str(tmp_path / "lots.csv"), ["target=quality"], out=tmp_path / "plan.yaml")

    assert "rework" in text
    assert andon.read_plan(tmp_path / "plan.yaml").known.after == ["rework"]
    assert andon.read_plan(tmp_path / "plan.yaml").target == "quality"
    assert andon.read_plan(tmp_path / "plan.yaml").split.by == "random"
    written = YAML(typ="safe").load((tmp_path / "plan.yaml").read_text())
    jsonschema.validate(written, json.loads((tmp_path / "plan.schema.json").read_text()))
    with pytest.raises(Problem, match="--force"):
        new("process_quality", str(tmp_path / "lots.csv"), [], out=tmp_path / "plan.yaml")


def test_predict_writes_one_line_per_row(quality_run, tmp_path, capsys):
    """The command answers good rows, lists bad ones, keeps the order, and never leaves half a file."""
    rows = lots(40, seed=2).drop("quality", "strength").with_columns(pl.col("speed").cast(pl.String))
    rows = rows.with_columns(speed=pl.when(pl.int_range(pl.len()) == 5).then(pl.lit("fast")).otherwise("speed"))
    rows.write_csv(tmp_path / "new.csv")

    code = _run(
        ["predict", str(quality_run.folder), str(tmp_path / "new.csv"), "--out", str(tmp_path / "a.parquet")],
        debug=True,
    )

    answers = pl.read_parquet(tmp_path / "a.parquet")
    assert code == 0
    assert answers["row"].to_list() == list(range(40))
    assert answers["answer"].null_count() == 1
    assert "fast" in answers["problem"][5]
    assert "39 of 40 rows answered" in capsys.readouterr().out


@pytest.mark.parametrize("way", [[], ["--json"]])
def test_predict_without_a_single_answer_says_so_to_scripts(quality_run, tmp_path, capsys, way):
    """Not one row answered is exit code 3, the file of answers with its reasons is written all the same."""
    rows = lots(6, seed=2).drop("quality", "strength").with_columns(speed=pl.lit("fast"))
    rows.write_csv(tmp_path / "new.csv")

    code = _run(
        ["predict", str(quality_run.folder), str(tmp_path / "new.csv"), "--out", str(tmp_path / "a.csv"), *way],
        debug=True,
    )

    told = capsys.readouterr().out
    assert code == 3
    assert json.loads(told)["bad"] == 6 if way else "0 of 6 rows answered" in told
    assert "fast" in pl.read_csv(tmp_path / "a.csv")["problem"][5]


def test_evaluate_judges_new_records(quality_run):
    """Fresh lots with known truth are judged in the same form as the test part."""
    found = andon.evaluate(quality_run.folder, lots(300, seed=7))

    assert found["rows"] == 300
    assert found["metrics"]["roc_auc"]["value"] > 0.85
    with pytest.raises(SettingProblem, match="quality"):
        andon.evaluate(quality_run.folder, lots(10).drop("quality"))


def test_compare_pairs_the_rows(quality_run, tmp_path):
    """A run beside its copy shows no difference; runs of different tasks are refused."""
    shutil.copytree(quality_run.folder, tmp_path / "copy")

    rows = andon.compare([quality_run.folder, tmp_path / "copy"])

    assert (rows[1]["difference"], rows[1]["verdict"]) == (0.0, "no difference beyond noise")
    with pytest.raises(Problem, match="two or more"):
        andon.compare([quality_run.folder])


def test_check_finds_and_writes_a_page(tmp_path, monkeypatch):
    """`andon check` writes findings.json and a page, and leaves with 1 when something must be mended first."""
    monkeypatch.chdir(tmp_path)
    lots(300).with_columns(rework=(pl.col("quality") == "ng").cast(pl.Int64)).write_csv("lots.csv")

    code = _run(["check", "lots.csv", "target=quality"], debug=True)

    findings = json.loads((tmp_path / "findings/findings.json").read_text())
    assert code == 1
    assert any(f["column"] == "rework" and f["level"] == "error" for f in findings)
    assert "<html" in (tmp_path / "findings/findings.html").read_text()


def test_size_says_what_a_run_will_take():
    """Weights, updates, seconds and memory, before anything is written."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "lots.csv"
        lots(400).drop("strength").write_csv(path)
        found = size_words("process_quality", [str(path), "target=quality", "epochs=3"])

    assert found["weights"] > 1000
    assert found["updates"] > 0
    assert found["memory_mb"] > 50


def test_report_speaks_chinese(quality_run, tmp_path):
    """The same run's page in the other language."""
    code = _run(["report", str(quality_run.folder), "--language", "zh", "--out", str(tmp_path / "r.html")], debug=True)

    assert code == 0
    assert "置信区间" in (tmp_path / "r.html").read_text("utf-8")
    assert (quality_run / "report.html").exists()


def test_doctor_finds_everything_here():
    """On a machine set up by make, nothing is missing."""
    assert all(entry["ok"] or entry["optional"] for entry in examine())


def test_a_changed_public_set_is_refused(tmp_path):
    """A set's file must have the checksum it should have."""
    folder = tmp_path / "tables/ai4i2020"
    folder.mkdir(parents=True)
    (folder / "ai4i2020.csv.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataProblem, match="not the file it should be"):
        prepare_set("ai4i2020", tmp_path, tmp_path / "out")
    (folder / "ai4i2020.csv.gz").write_bytes(b"no gzip at all")
    with pytest.raises(DataProblem, match="cannot be read"):
        prepare_set("ai4i2020", tmp_path, tmp_path / "out")


def test_pictures_as_arrays_go_the_same_way(tmp_path):
    """MNIST's kind of data, tiny: uint8 pictures, a plain list of layers, shipped parts, no validation part."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 300)
    image = (rng.uniform(0, 60, (300, 8, 8)) + 150 * label[:, None, None]).astype(np.uint8)
    frame = pl.DataFrame(
        {"image": image, "label": label.astype(str), "part": np.where(np.arange(300) < 200, "train", "test")}
    )

    run = andon.fit("classify", frame, runs=tmp_path, quiet=True, network="flatten,dense:8:relu,dense:2",
                    optimizer="adam", batch=32, epochs=60, threads=1, part="part")  # fmt: skip

    assert run.manifest["parts"] == {"train": 200, "validation": 0, "calibration": 0, "test": 100}
    assert run.metrics["accuracy"]["value"] > 0.95
    assert read_json(run / "state/scaling.json")["image"]["method"] == "pixels"


def test_compare_pairs_no_rows_of_other_records(quality_run, strength_run):
    """Row numbers of another table or target mean other rows: the runs are listed, not compared."""
    with pytest.raises(Problem, match="different tasks"):
        andon.compare([quality_run.folder, strength_run.folder])


def test_without_a_test_part_no_figure_comes_from_rows_that_were_learnt(tmp_path):
    """The calibration part stands in; without it nobody learns the validation part that must judge."""
    frame, common = lots(500), {"target": "strength", "known": {"ignore": ["quality"]}, "quiet": True, "epochs": 2}

    first = andon.fit("regress", frame, runs=tmp_path, name="a", split={"test": 0.0}, **common)
    second = andon.fit("regress", frame, runs=tmp_path, name="b", split={"test": 0.0, "calibration": 0.0}, **common)

    assert read_json(first / "metrics.json")["part"] == "calibration"
    assert read_json(second / "metrics.json")["part"] == "validation"
    trees = read_json(second / "metrics.json")["metrics"]["rmse"]["trees"]
    assert trees > 0.7 * read_json(first / "metrics.json")["metrics"]["rmse"]["trees"]  # not fitted on what judges


def test_a_time_limit_bounds_the_trials_too_and_is_obeyed_when_reproduced(tmp_path):
    """Seconds become updates before anything is tried out; doing it again takes as many."""
    path = tmp_path / "lots.csv"
    lots(400).drop("quality").write_csv(path)
    run = andon.fit("regress", path, runs=tmp_path, quiet=True, target="strength", time_limit="2 s", epochs=100_000)

    choices = read_json(run / "state/choices.json")
    assert 1 <= choices["settings"]["budget"] < 100_000
    assert read_json(run / "optim.json")["spent"] <= 0.1 * choices["settings"]["budget"]
    assert reproduce(run.folder)[0]
