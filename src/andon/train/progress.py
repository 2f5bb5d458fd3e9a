"""Shows a training while passing its events on: a bar on a terminal, a bounded number of lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from andon.train.events import Event, Finished, Started, Stepped, Validated

LINES = 20
"""Most lines about epochs where there is no terminal."""
REFRESH = 0.1
"""Seconds between two looks at the bar: an update may take less than a millisecond."""


def show(events: Iterable[Event], *, quiet: bool = False, console: Console | None = None) -> Iterator[Event]:
    """Give every event on, and show it: `quiet` nothing at all; standard error unless a console is given."""
    console = console or Console(stderr=True)
    if quiet:
        return iter(events)
    return _bar(events, console) if console.is_terminal else _lines(events, console)


def _bar(events: Iterable[Event], console: Console) -> Iterator[Event]:
    """One bar with updates per second, losses and time left; it stays when training ends."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[loss]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, auto_refresh=False) as bar:
        task, looked, pace, validation = bar.add_task("training", total=None, rate="", loss=""), 0.0, _Pace(0), ""
        for event in events:
            if isinstance(event, Started):
                bar.update(task, total=event.steps, completed=event.step, refresh=True)
                pace = _Pace(event.step)
            elif isinstance(event, Validated):
                validation = f", validation {event.valid_loss:.4g}" if event.valid_loss is not None else ""
            elif isinstance(event, Finished):
                bar.update(task, completed=event.step, description=_ended(event), refresh=True)
            elif isinstance(event, Stepped) and time.monotonic() - looked > REFRESH:
                looked, rate = time.monotonic(), f"{pace.rate(event.step):.4g}/s"
                loss = f"loss {event.loss:.4g}{validation}"
                bar.update(task, completed=event.step, rate=rate, loss=loss, refresh=True)
            yield event


def _lines(events: Iterable[Event], console: Console) -> Iterator[Event]:
    """A line at the start, at about `LINES` epochs spread evenly, and at the end."""
    pace, steps, due = _Pace(0), 0, 0
    for event in events:
        if isinstance(event, Started):
            pace, steps = _Pace(event.step), event.steps
            resumed = f", going on from {event.step:,}" if event.step else ""
            _say(console, f"training: {event.steps:,} updates in {event.epochs} epochs{resumed}")
        elif isinstance(event, Validated) and event.step >= due:
            due = event.step + steps // LINES
            rate = pace.rate(event.step)
            left = f", {(steps - event.step) / rate:.0f} s left" if rate and event.step < steps else ""
            _say(console, f"epoch {event.epoch}: {_losses(event)}, {rate:.4g} updates/s{left}")
        elif isinstance(event, Finished):
            _say(console, f"{_ended(event)} after {event.step:,} updates")
        yield event


def _losses(event: Validated) -> str:
    """Losses and metrics, in four digits."""
    parts = [f"loss {event.train_loss:.4g}"]
    if event.valid_loss is not None:
        parts.append(f"validation {event.valid_loss:.4g}")
    return ", ".join([*parts, *(f"{name} {value:.4g}" for name, value in event.metrics.items())])


def _ended(event: Finished) -> str:
    """Why it ended, in words."""
    words = {"epochs": "trained", "budget": "time is up", "patience": "stopped early: no better for a while"}
    return words.get(event.reason, event.reason)


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


class _Pace:
    """Updates per second since a step."""

    def __init__(self, step: int) -> None:
        self.step, self.begun = step, time.monotonic()

    def rate(self, step: int) -> float:
        """Mean rate so far."""
        return (step - self.step) / max(time.monotonic() - self.begun, 1e-9)
