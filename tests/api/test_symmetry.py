"""What leaves a part what it is, found by trial."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from andon.api.fit import ready
from andon.api.learning.recipe import SYMMETRIES, symmetry_of
from andon.api.learning.symmetry import symmetric
from andon.api.plans import resolve


def arrows(base, kind, count=240, side=24):
    """Arrows on noise, pointing `left` or `right`; or bars that lie or stand, whichever way they are seen, in `bars`."""
    rng = np.random.default_rng(0)
    for number in range(count):
        picture = rng.normal(110, 12, (side, side))
        second, row, column = number % 2, int(rng.integers(6, side - 6)), int(rng.integers(7, side - 7))
        for step in range(-5, 6) if kind == "arrows" else ():
            away = abs(step) // 2 if kind == "arrows" else 0
            picture[row + step, column + (away if second else -away)] += 120
            picture[row + step, column + (away if second else -away) - 1] += 120
        if kind == "spots":
            size = 2 if second else 1
            picture[row - size : row + size, column - size : column + size] += 120
        place = base / (("right", "left") if kind == "arrows" else ("small", "large"))[second] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(place)
    return base


def prepared(tmp_path, kind, *words, count=240):
    """Records ready to be trained on, and the folder of a run that has begun."""
    arrows(tmp_path / "parts", kind, count=count)
    made = ready(resolve("defect_class", [str(tmp_path / "parts"), "accept=['*']", "threads=1", "batch=16", *words]))
    (tmp_path / "run/state").mkdir(parents=True, exist_ok=True)
    scaling = {"picture": {"method": "zscore", "center": 110.0, "spread": 40.0}}
    (tmp_path / "run/state/scaling.json").write_text(json.dumps(scaling))
    return made, tmp_path / "run"


def test_arrows_are_not_mirrored_left_to_right(tmp_path):
    """The job takes a surface to look the same from all sides; where the label is a direction, trials say otherwise."""
    made, run = prepared(tmp_path, "arrows", "epochs=60")
    found = symmetric(run, made)
    told = found.tried["symmetry"]

    assert told["guess"] == "all"
    assert told["symmetry"] in ("none", "vertical")
    assert told["spent"] <= 0.1 * 60 * -(-len(made.learn) // 16)
    assert symmetry_of(found.plan, found.specs) == told["symmetry"]
    assert [e for e in found.plan.train.augment if {"flip", "turn"} & set(e)] == SYMMETRIES[told["symmetry"]]
    assert symmetric(run, made).tried["symmetry"] == told


def test_spots_keep_what_the_job_takes_them_to_be(tmp_path):
    """A spot is one however it lies: nothing is taken away for the short trials' sake."""
    made, run = prepared(tmp_path, "spots", "epochs=60")
    found = symmetric(run, made)
    told = found.tried["symmetry"]
    assert told["symmetry"] == "all"
    assert found.plan.train.augment == made.plan.train.augment


@pytest.mark.parametrize("words", [["checks={picture: {symmetry: both}}"], ["optimizer=adamw"], ["augment=[rotate:5]"]])
def test_what_the_plan_names_is_not_tried_out(tmp_path, words):
    """Symmetry, optimiser or augmentation of the user's own are obeyed, and cost no trial."""
    made, run = prepared(tmp_path, "spots", "epochs=2", *words)
    assert symmetric(run, made) is made


def test_a_run_that_goes_on_takes_what_it_found_before(tmp_path):
    """What was written down is obeyed, whatever a trial would say now."""
    made, run = prepared(tmp_path, "spots", "epochs=2")
    told = {"symmetry": "vertical", "guess": "all", "why": "", "judged": {}, "steps": 0, "spent": 0}
    (run / "state/choices.json").write_text(json.dumps({"settings": {}, "choices": {"symmetry": told}}))
    found = symmetric(run, made)
    assert found.tried["symmetry"] == told
    assert symmetry_of(found.plan, found.specs) == "vertical"


def test_whoever_asks_to_have_it_found_starts_from_all(tmp_path):
    """`classify` supposes no symmetry; `auto` asks for one."""
    arrows(tmp_path / "parts", "spots", count=60)
    made = ready(resolve("classify", [str(tmp_path / "parts"), "accept=['*']"])).plan.train
    asked = ready(resolve("classify", [str(tmp_path / "parts"), "accept=['*']", "checks={picture: {symmetry: auto}}"]))
    assert not [e for e in made.augment if {"flip", "turn"} & set(e)]
    assert [e for e in asked.plan.train.augment if {"flip", "turn"} & set(e)] == SYMMETRIES["all"]


@pytest.mark.parametrize("count", [60, 240])
def test_a_run_too_short_for_trials_asks_a_learner_in_closed_form(tmp_path, count):
    """A handful of updates tell nothing; random convolutions under a ridge do, and cost none."""
    arrows(tmp_path / "parts", "arrows", count=count)
    made, run = prepared(tmp_path, "arrows", "epochs=2", count=count)
    found = symmetric(run, made)
    told = found.tried["symmetry"]
    assert told["symmetry"] in ("none", "vertical")
    assert (told["steps"], told["spent"]) == (0, 0)
    assert told["judged"]["all"] > 3 * told["judged"][told["symmetry"]]
    assert symmetry_of(found.plan, found.specs) == told["symmetry"]


def test_two_classes_of_many_that_mirror_each_other_are_enough(tmp_path):
    """Four classes, of which two are arrows: what is harm to these is harm."""
    arrows(tmp_path / "parts", "arrows", count=80)
    made, run = prepared(tmp_path, "spots", "epochs=2", count=80)
    assert len(made.state["classes"]) == 4
    assert symmetric(run, made).tried["symmetry"]["symmetry"] in ("none", "vertical")


def test_a_short_run_keeps_what_the_job_takes_a_part_to_be(tmp_path):
    """Spots and textures stay what they are, turned and mirrored; few rows say nothing."""
    made, run = prepared(tmp_path, "spots", "epochs=2")
    told = symmetric(run, made).tried["symmetry"]
    assert (told["symmetry"], told["why"]) == ("all", "no class is like the mirror image of another")
    few, run = prepared(tmp_path / "few", "arrows", "epochs=2", count=24)
    assert symmetric(run, few).tried["symmetry"]["why"] == "the run is too short to try others"
