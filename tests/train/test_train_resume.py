"""Going on after a process was killed."""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch
from small_runs import LOSS, Side, Small, ended, equal, feeds, run

from andon.encode.block import InputSpec
from andon.errors import RunProblem
from andon.feed import augmentation
from andon.feed.options import MixUp, RowNoise
from andon.train import Settings, checkpoint, train
from andon.train.events import Saved, Stepped

EPOCHS = {"epochs": 3}


def saving(monkeypatch, *steps):
    """A clock that finds checkpoints due after just these updates (of the present process); none given: after all."""
    seen = itertools.count(1)
    monkeypatch.setattr("andon.train.loop._Clock.due", lambda clock, ends_epoch: next(seen) in steps or not steps)


def stopped_anywhere(monkeypatch, make, settings, **more):
    """Run in one go, then once per update with a stop after it, each time going on in a fresh process's state."""
    whole = make()
    steps = ended(run(whole, settings, **more)).step
    for stop in range(1, steps):
        with tempfile.TemporaryDirectory() as place:
            saving(monkeypatch, stop)
            (learn, valid), net = feeds(**more), make()
            events = train(net, learn, valid, loss=LOSS, settings=settings, folder=Path(place))
            while not isinstance(event := next(events), Saved):
                pass
            events.close()
            (learn, valid), net = feeds(**more), make()
            later = list(train(net, learn, valid, loss=LOSS, settings=settings, folder=Path(place)))
        assert later[0].step == event.step == stop
        assert [e.step for e in later if isinstance(e, Stepped)] == list(range(stop + 1, steps + 1))
        assert equal(net, whole), f"stopped after update {stop}"


@pytest.mark.parametrize(
    "settings",
    [
        Settings(**EPOCHS, optimizer="adam", average=0.9, clip=1.0, schedule="cosine"),
        Settings(**EPOCHS, optimizer="schedule_free", learning_rate=0.1),
        Settings(**EPOCHS, optimizer="muon", accumulate=2, precision="bfloat16"),
        Settings(**EPOCHS, optimizer="sgd", learning_rate=0.5, patience=1),
    ],
    ids=lambda settings: settings.optimizer,
)
def test_a_run_stopped_after_any_update_ends_in_the_same_bits(settings, monkeypatch):
    """Stop after every update there is, and go on: weights, norms and the best of them are equal to the bit."""
    stopped_anywhere(monkeypatch, Small, settings)


def test_members_and_augmentation_resume_too(monkeypatch):
    """Members that keep their own best, noise and mix-up end in the same bits from any stop."""
    numbers = InputSpec(name="numbers", kind="numbers", shape=(3,), dtype="float64", columns=("a", "b", "c"))
    augment = augmentation([RowNoise(0.2), MixUp(0.4)], [numbers])
    settings = Settings(**EPOCHS, optimizer="adamw", learning_rate=0.3, clip=0.3)

    stopped_anywhere(monkeypatch, lambda: Side(3), settings, augment=augment)


def test_a_stop_between_checkpoints_repeats_the_lost_updates(tmp_path, monkeypatch):
    """What was done after the last checkpoint is done again, to the same end."""
    saving(monkeypatch, 4, 8)
    settings, whole, net = Settings(epochs=3, average=0.9), Small(), Small()
    run(whole, settings)
    learn, valid = feeds()
    for event in train(net, learn, valid, loss=LOSS, settings=settings, folder=tmp_path):
        if isinstance(event, Stepped) and event.step == 7:
            break
    net = Small()
    later = run(net, settings, tmp_path)

    assert later[0].step == 4
    assert equal(net, whole)


def test_a_finished_run_gives_its_weights_again(tmp_path):
    """The same command on a finished training does no update and ends in the same net and history."""
    settings, net, again = Settings(epochs=4, optimizer="adam", learning_rate=0.2), Small(), Small()
    first = ended(run(net, settings, tmp_path))
    later = run(again, settings, tmp_path)

    assert not [e for e in later if isinstance(e, Stepped)]
    assert ended(later) == first
    assert equal(net, again)


@pytest.mark.parametrize("how", ["torn", "empty", "flipped"])
def test_a_spoilt_newest_checkpoint_is_passed_over(how, tmp_path, monkeypatch):
    """The newest two are kept; where the newest is torn or has a wrong bit, the run goes on from the other."""
    saving(monkeypatch)
    settings, whole, net = Settings(epochs=3), Small(), Small()
    run(whole, settings)
    learn, valid = feeds()
    for event in train(net, learn, valid, loss=LOSS, settings=settings, folder=tmp_path):
        if isinstance(event, Saved) and event.step == 7:
            break
    files = sorted(tmp_path.iterdir())
    content = bytearray(files[-1].read_bytes())
    content[len(content) // 2] ^= 1
    files[-1].write_bytes({"torn": content[:99], "empty": b"", "flipped": content}[how])
    net = Small()

    assert len(files) == 2
    assert run(net, settings, tmp_path)[0].step == 6
    assert equal(net, whole)


def test_half_written_files_are_swept_away(tmp_path, monkeypatch):
    """A temporary file of a killed process is removed and never read."""
    saving(monkeypatch)
    (tmp_path / ".step-000000000003-aa.safetensors.x.tmp").write_bytes(b"half")
    run(Small(), Settings(epochs=1), tmp_path)

    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"] * 2


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    """Other settings, another net or other rows are named as such, and nothing is overwritten."""
    run(Small(), Settings(epochs=1), tmp_path)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(RunProblem, match="another training"):
        run(Small(), Settings(epochs=2), tmp_path)
    with pytest.raises(RunProblem, match="another training"):
        run(Side(1), Settings(epochs=1), tmp_path)
    with pytest.raises(RunProblem, match="another training"):
        run(Small(), Settings(epochs=1), tmp_path, rows=120)
    assert sorted(tmp_path.iterdir()) == before


def test_checkpoints_keep_layout_ties_and_types(tmp_path):
    """Channels-last weights come back channels-last, tied weights twice, every type as it was."""
    tied = torch.arange(4.0)
    tensors = {
        "last": torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last),
        "one": tied, "two": tied, "half": tied.bfloat16(), "count": torch.tensor(3), "wide": tied.double(),
    }  # fmt: skip
    checkpoint.save(tmp_path, 1, tensors=tensors, plain={"loss": 0.1 + 0.2})
    found, plain = checkpoint.newest(tmp_path)

    assert plain == {"loss": 0.1 + 0.2}
    for name, tensor in tensors.items():
        assert torch.equal(found[name], tensor)
        assert found[name].dtype == tensor.dtype
    assert found["last"].is_contiguous(memory_format=torch.channels_last)
    assert checkpoint.newest(tmp_path / "nowhere") is None


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_three_kills_change_nothing(precision):
    """Killed three times at random moments, the same command ends in the same weights (benchmarks/kills.py)."""
    command = [sys.executable, "benchmarks/kills.py", "--kills", "3", "--precision", precision]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=os.getcwd())

    assert done.returncode == 0, done.stderr
    assert '"mismatches": 0' in done.stdout
