"""What is decided by measuring."""

import time

import pytest
import torch
from small_runs import LOSS, Small, equal, feeds
from torch import nn

from andon.errors import SettingProblem
from andon.plan.settings import Train
from andon.train import Settings, choices
from andon.train.choices import measure
from andon.train.device import bfloat16_may_pay, device_of

SETTINGS = Settings(epochs=50, threads=1)


class Seeing(nn.Module):
    """Four numbers as a picture."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(1, 3, 2)

    def forward(self, inputs):
        return self.layer(inputs["numbers"].float().view(-1, 1, 2, 2)).flatten(1).unsqueeze(1)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    """Short turns, and every run is long enough to measure."""
    monkeypatch.setattr(choices, "SHORT", 0.0)
    monkeypatch.setattr(choices, "SLICE", 0.002)


def test_measuring_changes_nothing():
    """Copies are tried: the net, its feed and its settings are as before, and the choice is plain values."""
    net, (learn, _) = Small(), feeds()
    first = learn.batch(0, 0).rows.tolist()
    found = measure(net, learn, loss=LOSS, settings=SETTINGS, plan=Train())

    assert equal(net, Small())
    assert learn.batch(0, 0).rows.tolist() == first
    assert set(found.settings) == {"precision", "channels_last", "threads", "compile"}
    assert found.why.items() >= found.settings.items()
    assert net.training


def test_bfloat16_is_not_tried_where_it_cannot_pay(monkeypatch):
    """Without hardware for it, the answer is float32 at once."""
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    found = measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train(threads=1))

    assert not bfloat16_may_pay(torch.device("cpu"))
    assert found.settings["precision"] == "float32"
    assert found.why["tries"] == []


def test_what_the_plan_names_is_obeyed():
    """Forced values are not measured."""
    plan = Train(threads=2, precision="bfloat16", compile=False)
    found = measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=plan)

    assert found.settings == {"precision": "bfloat16", "channels_last": False, "threads": 2, "compile": False}


@pytest.mark.parametrize(("gain", "chosen"), [(0.0, False), (1e9, True)])
def test_a_candidate_must_be_faster_and_agree(gain, chosen, monkeypatch):
    """A try is taken only where it wins by the margin; each is written down with both times."""
    monkeypatch.setattr(choices, "cores", lambda: 2)
    monkeypatch.setattr(choices, "bfloat16_may_pay", lambda device: False)
    monkeypatch.setattr(choices, "GAIN", gain)
    found = measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train())
    (tried,) = found.why["tries"]

    assert (tried["setting"], tried["value"], tried["agrees"]) == ("threads", 2, True)
    assert tried["chosen"] is chosen
    assert found.settings["threads"] == (2 if chosen else 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_other_work_on_the_machine_does_not_decide_between_single_threads(threads, monkeypatch):
    """Candidates of one thread are judged by their processor time; several threads by the clock on the wall."""
    asked = []

    def turn(self, clock):
        asked.append(clock)
        return 1.0

    monkeypatch.setattr(choices, "bfloat16_may_pay", lambda device: True)
    monkeypatch.setattr(choices._Candidate, "turn", turn)
    measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train(threads=threads))

    assert set(asked) == {time.process_time if threads == 1 else time.perf_counter}


def test_one_that_disagrees_is_never_taken(monkeypatch):
    """However fast, a candidate whose first losses differ beyond the tolerance is refused."""
    monkeypatch.setattr(choices, "bfloat16_may_pay", lambda device: True)
    monkeypatch.setattr(choices, "GAIN", 1e9)
    monkeypatch.setitem(choices.TOLERANCE, "precision", 0.0)
    found = measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train(threads=1))

    assert found.settings["precision"] == "float32"
    assert [tried["agrees"] for tried in found.why["tries"]] == [False]


def test_pictures_may_be_laid_out_channels_last(monkeypatch):
    """A net that convolves pictures is tried with channels last."""
    monkeypatch.setattr(choices, "GAIN", 1e9)
    found = measure(Seeing(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train(threads=1))

    assert found.settings["channels_last"] is True


def test_a_format_and_a_type_that_win_together_are_found(monkeypatch):
    """Channels last and bfloat16 are tried as a pair where neither is taken alone."""

    def turn(self, clock):
        return 0.5 if self.settings.channels_last and self.settings.precision == "bfloat16" else 1.0

    monkeypatch.setattr(choices._Candidate, "turn", turn)
    monkeypatch.setattr(choices._Candidate, "agrees", lambda self, other, tolerance: True)
    monkeypatch.setattr(choices, "bfloat16_may_pay", lambda device: True)
    found = measure(Seeing(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train(threads=1, compile=False))

    assert found.settings == {"precision": "bfloat16", "channels_last": True, "threads": 1, "compile": False}
    assert [tried["setting"] for tried in found.why["tries"] if tried["chosen"]] == ["channels_last, precision"]


def test_a_short_run_is_not_measured(monkeypatch):
    """Where measuring would cost more than it can save, the plain settings stand."""
    monkeypatch.setattr(choices, "SHORT", 1e9)
    found = measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train())

    assert found.why["tries"] == []


def test_devices_by_name():
    """`auto` is a device there is; one there isn't is a sentence."""
    assert device_of("cpu").type == "cpu"
    assert device_of("auto").type
    with pytest.raises(SettingProblem, match=r"train\.device|cannot be used"):
        device_of("quantum")


@pytest.mark.parametrize(("share", "taken"), [(0.85, "float32"), (0.7, "bfloat16")])
def test_another_type_of_numbers_must_win_surely(share, taken, monkeypatch):
    """A seventh of the time, which a busy clock gives and takes, does not change a run's answers; a quarter does."""

    def turn(self, clock):
        return share if self.settings.precision == "bfloat16" else 1.0

    monkeypatch.setattr(choices, "bfloat16_may_pay", lambda device: True)
    monkeypatch.setattr(choices._Candidate, "turn", turn)
    found = measure(Small(), feeds()[0], loss=LOSS, settings=SETTINGS, plan=Train(threads=1))

    assert found.settings["precision"] == taken
