"""Is the automatic optimiser ever behind AdamW at 1e-3? Default plans with `optimizer: auto, learning_rate: auto` beside
the same plans with AdamW at 1e-3, on validation loss of the best epoch, table sets and MNIST, several seeds; and curves
of every optimiser for the docs page.

    python benchmarks/optimizers.py --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from msgspec import structs

from benchmarks.record import DATA, WORK, row
from benchmarks.tables import TABLES, frame_of

SEED_NET = "flatten,dense:128:relu,dense:10"


def prepared_of(name: str, seed: int):
    """A set with its plan resolved, and an untrained network."""
    from andon.api.fit import ready
    from andon.api.plans import resolve

    if name == "mnist":
        resolved = resolve(
            "classify", [str(DATA / "images/mnist"), f"network={SEED_NET}", "epochs=5", f"train.seed={seed}"]
        )
    else:
        table = TABLES[name]
        path, target = frame_of(name)
        settings = {k: (dict(v) if isinstance(v, dict) else v) for k, v in table.settings.items()}
        settings["split"] = {**settings.get("split", {}), "seed": seed}
        resolved = resolve(
            table.job,
            [str(path)],
            {**settings, "target": target, "accept": ["*"], "train": {"seed": seed, "trees": "off"}},
        )
    return ready(resolved)


def best_loss(prepared, choice: dict) -> tuple[float, dict]:
    """Best validation loss of one training, and what was chosen."""
    from andon.api.fit import scaling_of
    from andon.api.learning.learn import base_settings, feeds, loss_of, network, turns_of
    from andon.train import train
    from andon.train.events import Validated
    from andon.train.search import choose

    net = network(prepared, scaling_of(prepared))
    feed, valid = feeds(prepared, turns_of(prepared, net))
    loss = loss_of(prepared)
    settings = base_settings(prepared)
    settings = structs.replace(settings, threads=1)
    if not choice:
        found = choose(net, feed, valid, loss=loss, settings=settings, optimizer="auto", learning_rate="auto")
        choice = {"optimizer": found.optimizer, "learning_rate": found.learning_rate}
    settings = structs.replace(settings, **choice)
    losses = [e.valid_loss for e in train(net, feed, valid, loss=loss, settings=settings) if isinstance(e, Validated)]
    return min(v for v in losses if v is not None), choice


def main() -> None:
    """Print a row per set and seed, and one per set with the paired difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument(
        "--sets", nargs="+", default=["concrete", "plates", "secom", "ai4i", "power_plant", "mnist", "steel_energy"]
    )
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    for name in asked.sets:
        apart = []
        for seed in asked.seeds:
            prepared = prepared_of(name, seed)
            auto, choice = best_loss(prepared, {})
            plain, _ = best_loss(prepared, {"optimizer": "adamw", "learning_rate": 1e-3})
            apart.append(auto - plain)
            row(
                "optimizer_auto",
                set=name,
                seed=seed,
                value=auto,
                peer="adamw 1e-3",
                ratio=auto / plain,
                chosen=str(choice),
            )
        spread = float(np.std(apart, ddof=1)) if len(apart) > 1 else 0.0
        row("optimizer_auto_paired", set=name, value=float(np.mean(apart)), n=len(apart), peer="adamw 1e-3", sd=spread)


if __name__ == "__main__":
    main()
