"""Curves of every optimiser for the docs page: three kinds of network, each optimiser at the best of three rates (chosen
by the last validation loss, which the curve shows). Writes `docs/pictures/optimizers.png` and a row per curve.

    python benchmarks/optimizer_curves.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from msgspec import structs

from benchmarks.record import DATA, WORK, row
from benchmarks.tables import TABLES, frame_of

PICTURE = Path(__file__).parents[1] / "docs/pictures/optimizers.png"
MNIST = str(DATA / "images/mnist")
CASES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "dense 128 on MNIST": ("classify", MNIST, {"network": "flatten,dense:128:relu,dense:10", "epochs": 5}),
    "convolution tiny on MNIST": (
        "classify",
        MNIST,
        {"network": {"family": "convolution", "size": "tiny"}, "epochs": 3},
    ),
    "RealMLP-like on a table (power plant)": ("regress", "power_plant", {"network": {"members": 1}, "epochs": 30}),
}
RATES = {
    "gradient_descent": (0.1, 0.5, 2.0), "sgd": (0.02, 0.05, 0.2), "adam": (1e-3, 3e-3, 1e-2),
    "adamw": (1e-3, 3e-3, 1e-2), "muon": (1e-3, 4e-3, 1e-2), "schedule_free": (1e-3, 3e-3, 1e-2),
}  # fmt: skip
DECOUPLED = ("adamw", "muon", "schedule_free")
"""Optimisers whose decay acts on the weights themselves; the others would feel the same figure as a far stronger pull in
the gradient, and go without, as they do where a plan names them."""
TABLE_FACTOR = 20
"""RealMLP's own parametrisation wants larger rates of the adaptive ones."""


def prepared_of(job: str, data: str, settings: dict[str, Any]) -> Any:
    """Records with the plan resolved; MNIST with a third of its rows, so that all curves fit into minutes."""
    from andon.api.fit import ready
    from andon.api.plans import resolve

    more: dict[str, Any] = {"train": {"epochs": settings["epochs"], "augment": []}, "network": settings["network"]}
    if data in TABLES:
        path, target = frame_of(data)
        return ready(resolve(job, [str(path)], {**more, "target": target, "train": {**more["train"], "trees": "off"}}))
    found = ready(resolve(job, [data], more))
    return learning_from(found, found.learn[::3])


def learning_from(prepared: Any, learn: np.ndarray) -> Any:
    """The same with other rows to learn from."""
    import dataclasses

    return dataclasses.replace(prepared, learn=learn)


def curve(prepared: Any, name: str, rate: float) -> list[float]:
    """Validation loss per epoch."""
    from andon.api.fit import scaling_of
    from andon.api.learning.learn import base_settings, feeds, loss_of, network
    from andon.errors import Problem
    from andon.train import train
    from andon.train.events import Validated

    net = network(prepared, scaling_of(prepared))
    feed, valid = feeds(prepared)
    base = base_settings(prepared)
    settings = structs.replace(
        base, optimizer=name, options=None, learning_rate=rate, threads=1, patience=0,
        weight_decay=base.weight_decay if name in DECOUPLED else 0.0,
        schedule="constant" if name in ("schedule_free", "gradient_descent") else "onecycle",
    )  # fmt: skip
    try:
        events = list(train(net, feed, valid, loss=loss_of(prepared), settings=settings))
    except Problem:  # a rate at which it falls over
        return [float("inf")]
    return [e.valid_loss if e.valid_loss is not None else float("inf") for e in events if isinstance(e, Validated)]


def draw(rows: list[dict[str, Any]]) -> None:
    """One panel per case."""
    import altair as alt

    panels = []
    for case in CASES:
        own = [r for r in rows if r["case"] == case]
        data = alt.Data(values=own)
        last = max(r["epoch"] for r in own)
        ticks = list(range(1, last + 1)) if last <= 10 else [1, *range(5, last + 1, 5)]
        panels.append(
            alt.Chart(data, title=case, width=300, height=260).mark_line(point=True).encode(
                x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(values=ticks, format="d")),
                y=alt.Y("loss:Q", title="validation loss", scale=alt.Scale(type="log", zero=False, nice=False)),
                color=alt.Color("curve:N", title=None, sort=list(RATES), legend=alt.Legend(orient="bottom", columns=2)),
            )
        )  # fmt: skip
    chart = alt.hconcat(*panels).resolve_scale(color="independent", y="independent", x="independent")
    chart.save(PICTURE, ppi=110)


def main() -> None:
    """Train, print, draw."""
    WORK.mkdir(exist_ok=True)
    drawn: list[dict[str, Any]] = []
    for case, (job, data, settings) in CASES.items():
        prepared = prepared_of(job, data, settings)
        for name, rates in RATES.items():
            factor = TABLE_FACTOR if data in TABLES and name not in ("sgd", "gradient_descent") else 1
            found = {rate * factor: curve(prepared, name, rate * factor) for rate in rates}
            rate = min(found, key=lambda r: found[r][-1])
            row("optimizer_curve", set=case, value=found[rate][-1], peer=name, learning_rate=rate, curve=found[rate])
            drawn += [
                {"case": case, "curve": f"{name} {rate:g}", "epoch": i + 1, "loss": loss}
                for i, loss in enumerate(found[rate]) if np.isfinite(loss)
            ]  # fmt: skip
    draw(drawn)


if __name__ == "__main__":
    main()
