"""What a training is made of: what was named is obeyed, what was chosen is used."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conftest import lots, pumps

import andon
from andon.api.fit import ready
from andon.api.learning import learn
from andon.api.plans import resolve
from andon.errors import SettingProblem
from andon.losses.classes import RobustCrossEntropyLoss
from andon.train.search import Choice


def test_a_named_optimizer_gets_nothing_added(tmp_path):
    """No clipping, schedule, averaging, smoothing or decay beside the optimiser that was asked for."""
    lots(300).drop("strength").write_csv(tmp_path / "lots.csv")
    named = ready(
        resolve("process_quality", [str(tmp_path / "lots.csv"), "target=quality", "optimizer=adam"])
    ).plan.train
    ours = ready(resolve("process_quality", [str(tmp_path / "lots.csv"), "target=quality"])).plan.train

    assert (named.clip, named.schedule, named.average, named.weight_decay, named.loss) == (
        0,
        "constant",
        0,
        0,
        "cross_entropy",
    )
    assert named.learning_rate == 1e-3  # Adam's usual one: nothing is tried out beside what was named
    assert ours.learning_rate == "auto"
    assert ours.clip == 1.0


@pytest.mark.parametrize("name", ["muon", "sgd"])
def test_another_optimizer_is_chosen_with_its_own_options(name, tmp_path, monkeypatch):
    """Where the trials choose another optimiser than AdamW, AdamW's options do not follow it."""
    choice = Choice(optimizer=name, learning_rate=1e-3, why="", spent=0, curves=[], ranged=[])
    monkeypatch.setattr(learn, "choose", lambda *_, **__: choice)

    run = andon.fit("regress", lots(300), runs=tmp_path, quiet=True, target="strength", known={"ignore": ["quality"]},
                    epochs=1, threads=1, network={"members": 1}, train={"trees": "off"})  # fmt: skip

    assert run.manifest["settings"]["optimizer"] == name


def test_the_loss_is_named_in_the_plan_and_must_fit_the_task(tmp_path):
    """Wrong labels and imbalance are met by an entry; a loss of another task is refused with those that fit."""
    path = tmp_path / "lots.csv"
    lots(300).drop("strength").write_csv(path)

    def loss(text):
        return learn.loss_of(ready(resolve("process_quality", [str(path), "target=quality", f"loss={text}"])))

    assert isinstance(loss("robust_cross_entropy:0.5"), RobustCrossEntropyLoss)
    ok, ng = loss("{cross_entropy: {balance: 1.0}}").class_weights.tolist()
    assert min(ok, ng) < 1 < max(ok, ng)
    with pytest.raises(SettingProblem, match="Take cross_entropy or robust_cross_entropy"):
        loss("huber")


def test_the_simplest_answer_is_judged_by_the_plans_own_loss(tmp_path):
    """Fits, overfits, underfits is said by comparing like with like, whatever the loss."""
    path = tmp_path / "lots.csv"
    lots(600).write_csv(path)

    def simplest(job, target, *words):
        return learn.simple_loss(ready(resolve(job, [str(path), f"target={target}", *words, "accept=['*']"])))

    shares = lots(600)["quality"].value_counts()["count"].to_numpy() / 600
    entropy = float(-(shares * np.log(shares)).sum())

    assert simplest("process_quality", "quality") == pytest.approx(entropy, rel=0.1)
    assert simplest("process_quality", "quality", "loss={cross_entropy: {balance: 1.0}}") > 1.2 * entropy
    assert simplest("regress", "strength") == pytest.approx(1.0, rel=0.3)
    assert simplest("regress", "strength", "loss=huber") < 0.6
    assert simplest("regress", "strength", "quantiles=[0.1, 0.9]") > 1.0


def test_mixup_goes_from_the_plan_into_the_batches(tmp_path):
    """A batch holds pairs with one share; without mix-up it holds rows."""
    path = tmp_path / "lots.csv"
    lots(300).drop("strength").write_csv(path)

    def batch(*words):
        return learn.feeds(ready(resolve("process_quality", [str(path), "target=quality", *words])))[0].batch(0, 0)

    assert batch().mixed is None
    assert batch("augment=[mixup:0.4]").mixed is not None
    assert 0 < batch("augment=[mixup:0.4]").share < 1


def test_a_time_limit_holds_for_both_trainings_of_lives(tmp_path, monkeypatch):
    """Lives are learnt twice: each training gets half of the seconds."""
    limits = []
    monkeypatch.setattr(learn, "budget_of", lambda *_, settings, **__: limits.append(settings.time_limit) or 3)
    common = {"runs": tmp_path, "quiet": True, "time_limit": "8 s", "threads": 1, "accept": ["*"],
              "train": {"trees": "off", "learning_rate": 1e-3, "optimizer": "adamw"}}  # fmt: skip

    andon.fit("remaining_life", pumps(12), unit="pump", time="hour", size="tiny", network={"family": "dense"},
              series={"lookback": 12, "first": 6}, **common)  # fmt: skip
    andon.fit("regress", lots(300).drop("quality"), target="strength", network={"members": 1}, **common)

    assert limits == [4.0, 8.0]
