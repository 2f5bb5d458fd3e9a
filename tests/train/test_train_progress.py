"""What a person sees of a training."""

import io

from rich.console import Console
from small_runs import Small, run

from andon.train import Settings
from andon.train.events import Finished, Started, Stepped, Validated
from andon.train.progress import LINES, show


def shown(events, **kind):
    """Text that a console of some kind got, and the events that came through."""
    console = Console(file=io.StringIO(), width=120, **kind)
    passed = list(show(iter(events), console=console))
    return console.file.getvalue(), passed


def test_every_event_passes_through():
    """Showing changes nothing: the reader behind it gets the same events, in a terminal, in a file and quietly."""
    events = run(Small(), Settings(epochs=4))

    for kind in ({"force_terminal": True}, {"force_terminal": False}):
        text, passed = shown(events, **kind)
        assert passed == events
        assert text
    assert list(show(events, quiet=True)) == events


def test_a_terminal_gets_a_bar():
    """The bar has the number of updates, a rate, losses and why it ended."""
    events = run(Small(), Settings(epochs=4))
    text, _ = shown(events, force_terminal=True)

    for part in ("16/16", "/s", "loss", "trained"):
        assert part in text


def test_lines_are_bounded():
    """A thousand epochs in a log are about twenty lines, the last of them the end."""
    epochs = [
        Validated(step=n, epoch=n, train_loss=1 / n, valid_loss=0.5, metrics={"accuracy": 0.9}) for n in range(1, 1001)
    ]
    steps = [Stepped(step=1, epoch=0, loss=1.0, learning_rate=0.1)]
    end = Finished(step=1000, reason="patience", best_step=[5], history=epochs)
    text, _ = shown([Started(step=0, steps=1000, epochs=1000), *steps, *epochs, end], force_terminal=False)
    lines = text.splitlines()

    assert LINES <= len(lines) <= LINES + 3
    assert "1,000 updates" in lines[0]
    assert "accuracy 0.9" in lines[1]
    assert "s left" in lines[1]
    assert lines[-1] == "stopped early: no better for a while after 1,000 updates"


def test_going_on_is_said():
    """A resumed run says where it goes on."""
    text, _ = shown([Started(step=5, steps=10, epochs=2)], force_terminal=False)

    assert "going on from 5" in text
