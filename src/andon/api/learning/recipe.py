"""Every `auto` of a plan, resolved from what the data is, with the reason for each value.

`andon new` writes the reasons into the plan; `fit` obeys the values. What can only be known by measuring (optimiser,
learning rate, precision) stays `auto` here and is chosen on the run's own first batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import Any

from msgspec import structs

from andon.encode.block import InputSpec, tiled
from andon.encode.tiles import MOST_LEARNT
from andon.jobs import JOBS, looks_back
from andon.nets import family_of, members_of
from andon.optim import USUAL_RATE
from andon.plan import Plan
from andon.plan.settings import Split
from andon.records import Records

MOST_HELD_OUT = {"validation": 5000, "calibration": 4000}
"""More rows than these teach nothing new about when to stop, and are better trained on."""
SMALL_PICTURE, SURFACES_SEEN, WINDOWS_SEEN = 64, 24_000, 24_000
"""Side from which a picture is a photograph of a part, how many of those a training looks at, and how many windows of
good parts."""
MOST_PASSES, FEWEST_PASSES = 80, 5
"""Epochs over photographs at most, and over any pictures at least."""
HISTORY_ROWS, HISTORY_EPOCHS = 50_000, 4
"""Rows of histories that a training looks at, and least passes over them: more, and it learns the units by heart."""
SPEEDS = 0.4
"""By how much faster or slower lives go by while training (`tried.md`)."""
BATCH_BYTES = 16 << 20
"""Pixels of pictures cut into tiles that a batch may hold."""
SYMMETRIES: dict[str, list[dict[str, Any]]] = {
    "none": [], "horizontal": [{"flip": "horizontal"}], "vertical": [{"flip": "vertical"}], "both": [{"flip": "both"}],
    "turn": [{"turn": {}}], "all": [{"flip": "both"}, {"turn": {}}],
}  # fmt: skip
LAST_CYCLE = 0.54
"""Share of a run that the last of four cycles takes, and a little more."""


@dataclass(frozen=True)
class Recipe:
    """A plan without `auto`s (but those that are measured), and path -> reason for each value that was chosen."""

    plan: Plan
    reasons: dict[str, str]


HELD_OUT = {"tables": (0.15, 0.1), "pictures": (0.1, 0.05), "good parts": (0.1, 0.15),
            "histories": (0.15, 0.08)}  # fmt: skip
"""Shares of validation and calibration. Of labelled pictures every one is worth learning from, and their training stops
by its schedule; a threshold that good parts alone set needs some hundred of them."""


def shares(plan: Plan, records: Records, rows: int) -> tuple[Split, dict[str, str]]:
    """Shares of the parts: as asked; else 15 % and 10 % of a table, capped, and less of pictures; none where nothing is
    chosen on them."""
    reasons = {}
    found: dict[str, float] = {}
    nothing_to_choose = (
        plan.network.layers is not None and plan.train.optimizer != "auto" and plan.train.epochs != "auto"
        and plan.train.patience == "auto"
    )  # fmt: skip
    histories = looks_back(plan.job)
    pictured = any(records.kind(name) == "image" for name in records.inputs())
    anomaly = plan.job in JOBS and JOBS[plan.job].task == "anomaly"
    kind = "good parts" if anomaly else "pictures" if pictured else "histories" if histories else "tables"
    for name, share in zip(("validation", "calibration"), HELD_OUT[kind], strict=True):
        asked = getattr(plan.split, name)
        if asked != "auto":
            continue
        if nothing_to_choose:
            found[name] = 0.0
            reasons[f"split.{name}"] = "layers, optimizer and epochs are given: nothing is left to choose on it"
            continue
        capped = share if histories else min(share, MOST_HELD_OUT[name] / max(rows, 1))
        found[name] = round(capped, 4)
        reasons[f"split.{name}"] = (
            f"{share:.0%} of the rows" if capped == share else f"{MOST_HELD_OUT[name]} rows are enough for it"
        )
    return structs.replace(plan.split, **found), reasons


def recipe(plan: Plan, specs: list[InputSpec], *, task: str, train_rows: int, classes: int, validation: bool) -> Recipe:
    """Resolve network and training for these inputs and this many training rows."""
    pictures = [spec for spec in specs if spec.kind in ("image", "signal")]
    own = plan.network.layers is not None or plan.network.module is not None
    values, reasons = _network(plan, specs, own, train_rows)
    network = structs.replace(plan.network, **values)
    chosen = _training(plan, network.family if not own else "layers", pictures, train_rows)
    reasons |= {f"network.{k}": reasons.pop(k) for k in list(reasons)}
    asked = plan.train
    if network.family != "surface":
        small = any(s.kind != "image" or min(s.shape[:2]) <= SMALL_PICTURE for s in pictures)
        chosen["loss"] = _loss(plan, task, 0.0 if own else 0.05 if small else 0.1, classes)
    chosen["clip"] = (1.0, "one wild batch must not undo the rest")
    if asked.optimizer != "auto":  # somebody who names the optimiser wants that optimiser and nothing beside it
        nothing = {"schedule": "constant", "clip": 0.0, "average": 0.0, "augment": []}
        chosen |= {name: (value, "an optimizer was named: nothing is added to it") for name, value in nothing.items()}
        chosen["weight_decay"] = (_own_decay(asked.optimizer), "the optimizer's own default")
        if _name(asked.optimizer) in USUAL_RATE:
            chosen["learning_rate"] = (USUAL_RATE[_name(asked.optimizer)], "the optimizer's usual one")
    if asked.schedule == "constant" or (asked.optimizer != "auto" and asked.schedule == "auto"):
        epochs = chosen["epochs"][0] if asked.epochs == "auto" else asked.epochs
        chosen["patience"] = (max(10, epochs // 5), "a fifth of the epochs without a gain")
    if not validation:
        chosen["patience"] = (0, "there is no validation part to stop on")
    train: dict[str, Any] = {}
    for name, (value, why) in chosen.items():
        if getattr(asked, name) == "auto":
            train[name] = value
            reasons[f"train.{name}"] = why
    if asked.trees == "auto" and (
        own or not validation or task == "labels" or (pictures and not photographs(specs, task))
    ):
        train["trees"] = "off"
        reasons["train.trees"] = (
            "rivals are for tables and for photographs in classes, with a validation part and a network of a family"
        )
    return Recipe(structs.replace(plan, network=network, train=structs.replace(asked, **train)), reasons)


def photographs(specs: list[InputSpec], task: str) -> bool:
    """Photographs of parts to be told apart, and nothing else: what texture features are made for. Not tiles."""
    whole = all(s.kind == "image" and min(s.shape[:2]) > SMALL_PICTURE and not s.tiles for s in specs)
    return task == "classification" and whole


def _network(plan: Plan, specs: list[InputSpec], own: bool, rows: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Family and members."""
    values: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    if plan.network.family == "auto" and not own:
        good_only = JOBS[plan.job].task == "anomaly"
        values["family"] = "surface" if good_only else family_of(plan.network, specs)
        told = {"dense": "rows of a table", "history": "rows that are histories"}
        reasons["family"] = told.get(values["family"], "pictures or windows")
        if good_only:
            reasons["family"] = "a map of where a picture is unlike good ones"
    if plan.network.members == "auto":
        values["members"] = members_of(plan.network, specs, rows)
        alone = values["members"] == 1
        reasons["members"] = "one network is enough here" if alone else "the mean of several is steadier"
    return values, reasons


def _training(plan: Plan, family: str, pictures: list[InputSpec], rows: int) -> dict[str, tuple[Any, str]]:
    """Epochs, batch and the rest, by family and pictures."""
    if family == "surface":
        return _inspected(plan, pictures, rows)
    if family == "history" or (looks_back(plan.job) and family != "layers"):
        return _lived(plan, rows)
    if family != "layers" and any(s.kind == "image" and min(s.shape[:2]) > SMALL_PICTURE for s in pictures):
        return _surfaces(plan, pictures, rows)
    if pictures or family == "layers":
        plain = family == "layers"
        seen, most = (200_000, 100) if plain else (300_000, 60)
        batch = (32 if rows < 5_000 else 64 if pictures else 128) if plain else (128 if rows < 20_000 else 256)
        moved: list[dict[str, Any]]
        moved = [{"shift": 0.04}] if plain else [{"shift": 0.07}, {"rotate": 10.0}, {"scale": 0.1}]
        moved += SYMMETRIES[symmetry_of(plan, pictures)]
        imaged = any(spec.kind == "image" for spec in pictures)
        return {
            "batch": (batch, f"{rows} training rows"),
            "epochs": _passes(seen, rows, most),
            "schedule": ("onecycle", "warm-up and cosine"),
            "weight_decay": (0.01 if not pictures else 0.1 if plain else 0.05, "matrices only"),
            "average": (0.0, "a schedule that ends at zero needs none"), "patience": (0, "the schedule ends at zero"),
            "augment": (moved, "a part stays what it is when it lies a little otherwise") if imaged
            else ([], "asked for by name"),
        }  # fmt: skip
    batch = 64 if rows < 800 else 128 if rows < 3000 else 256
    epochs = int(max(12, min(200, 256 * (570 / max(rows, 1)) ** 0.6)))
    patience = ceil(LAST_CYCLE * (epochs if plan.train.epochs == "auto" else plan.train.epochs))
    return {
        "batch": (batch, f"{rows} training rows"), "epochs": (epochs, f"{rows} training rows, best epoch kept"),
        "schedule": ("coslog4", "RealMLP's, four warm restarts"), "weight_decay": (0.02, "RealMLP's"),
        "average": (0.0, "the best epoch is kept"), "patience": (patience, "longer than the last cycle takes"),
        "augment": ([], "rows are not augmented by themselves"),
    }  # fmt: skip


def _passes(seen: int, rows: int, most: int) -> tuple[int, str]:
    """Epochs in which about so many rows are seen, five at least and so many at most; and why."""
    wanted = round(seen / max(rows, 1))
    if wanted > most:
        return most, f"of few rows {most} passes"
    return (wanted, f"about {seen:,} rows seen") if wanted >= FEWEST_PASSES else (FEWEST_PASSES, "as few as will do")


def _lived(plan: Plan, rows: int) -> dict[str, tuple[Any, str]]:
    """Histories: neighbouring rows of a unit are nearly the same, so that few passes do."""
    ends = plan.job in JOBS and JOBS[plan.job].task == "remaining_life"
    return {
        "batch": (256, "rows of a history are much alike"),
        "epochs": (
            max(HISTORY_EPOCHS, min(60, round(HISTORY_ROWS / max(rows, 1)))),
            f"{HISTORY_EPOCHS} passes, or about {HISTORY_ROWS:,} rows seen: more learns the units by heart",
        ),
        "schedule": ("onecycle", "warm-up and cosine"), "weight_decay": (0.01, "matrices only"),
        "average": (0.0, "a schedule that ends at zero needs none"), "patience": (0, "the schedule ends at zero"),
        "augment": ([{"stretch": {"by": SPEEDS}}], "the same wear may take longer, and then more is left of it") if ends
        else ([], "asked for by name"),
    }  # fmt: skip


def _inspected(plan: Plan, pictures: list[InputSpec], rows: int) -> dict[str, tuple[Any, str]]:
    """Good parts alone: windows with planted defects."""
    moved = [*SYMMETRIES[symmetry_of(plan, pictures)], {"light": {"contrast": 0.2, "brightness": 0.05}}]
    return {
        "batch": (16, "windows of a picture, not whole ones"),
        "epochs": (max(2, min(400, round(WINDOWS_SEEN / max(rows, 1)))), f"about {WINDOWS_SEEN:,} windows seen"),
        "schedule": ("onecycle", "warm-up and cosine"), "weight_decay": (0.05, "matrices only"),
        "average": (0.99, "a mean over the last hundred steps is steadier"),
        "patience": (0, "the schedule ends at zero"),
        "augment": ([*moved, {"defects": {}}], "nobody has shown a defect: they are planted"),
        "loss": ("pixels", "where the defect is"),
        "compile": (False, "compiling a network of maps takes longer than it saves"),
    }  # fmt: skip


def _surfaces(plan: Plan, pictures: list[InputSpec], rows: int) -> dict[str, tuple[Any, str]]:
    """Photographs of parts: the recipe that `NUMBERS.md` §14.6 measured on steel surfaces."""
    moved: list[dict[str, Any]] = [{"shift": 0.06}, {"rotate": 10.0}, {"scale": 0.25}]
    moved += SYMMETRIES[symmetry_of(plan, pictures)]
    moved += [{"light": {"contrast": 0.2, "brightness": 0.05}}]
    most = max(2, BATCH_BYTES // max(prod(spec.shape) * min(max(spec.tiles, 1), MOST_LEARNT) for spec in pictures))
    return {
        "batch": (most, "tiles of a picture are asked together") if most < 32 and tiled(pictures) is not None
        else (32 if rows < 20_000 else 128, f"{rows} training rows"),
        "epochs": _passes(SURFACES_SEEN, rows, MOST_PASSES),
        "schedule": ("onecycle", "warm-up and cosine"), "weight_decay": (0.05, "matrices only"),
        "average": (0.99, "a mean over the last hundred steps is steadier"),
        "patience": (0, "the schedule ends at zero"),
        "augment": (moved, "a part stays what it is when it lies or is lit a little otherwise"),
    }  # fmt: skip


def pictures_of(specs: list[InputSpec]) -> list[str]:
    """Names of the picture columns."""
    return [spec.name for spec in specs if spec.kind == "image"]


def asked_symmetry(plan: Plan, specs: list[InputSpec]) -> str | None:
    """What the plan says of the first picture column that it says anything of; None: nothing."""
    rules = (plan.checks.get(name) for name in pictures_of(specs))
    said = (rule.get("symmetry") for rule in rules if isinstance(rule, dict))
    return next((str(symmetry) for symmetry in said if symmetry), None)


def guess_of(plan: Plan, specs: list[InputSpec]) -> str:
    """What the job takes a part to be. Whoever asks to have it found begins with all there is: short trials tell harm
    better than good."""
    guess = JOBS[plan.job].symmetry
    return "all" if guess == "none" and asked_symmetry(plan, specs) == "auto" else guess


def symmetry_of(plan: Plan, specs: list[InputSpec]) -> str:
    """What leaves the part what it is: as the plan says of the column, or as the job takes it to be."""
    asked = asked_symmetry(plan, specs)
    return guess_of(plan, specs) if asked in (None, "auto") else str(asked)


def to_be_found(plan: Plan, specs: list[InputSpec], reasons: dict[str, str]) -> bool:
    """Whether trials are to settle the symmetry: it is asked for or guessed, what is trained on was ours to choose, and
    labels can tell. A plan that names it, or its augmentation, or the optimiser, is obeyed."""
    asked, ours = asked_symmetry(plan, specs), "train.augment" in reasons and plan.train.optimizer == "auto"
    open_ = asked == "auto" or (asked is None and guess_of(plan, specs) != "none")
    return bool(pictures_of(specs)) and ours and open_ and JOBS[plan.job].task != "anomaly"


def _loss(plan: Plan, task: str, smoothing: float, classes: int) -> tuple[Any, str]:
    """The task's own loss; smoothed for many classes of a family, where nobody named the optimiser."""
    if task == "labels":
        return "binary", "a yes or no per class"
    if task == "regression":
        if looks_back(plan.job) and not plan.quantiles:
            return "at_least", "the mean is asked for; a life that goes on lasts so long or longer"
        return ("pinball", "quantiles are asked for") if plan.quantiles else ("squared", "the mean is asked for")
    if plan.train.optimizer != "auto" or classes < 3 or not smoothing:
        return "cross_entropy", "log loss: probabilities that can be believed"
    return {"cross_entropy": {"smoothing": smoothing}}, "many classes: smoothed, which steadies what is near"


def _own_decay(optimizer: Any) -> float:
    """AdamW without decay is Adam: it keeps the decay of its paper."""
    return 0.01 if _name(optimizer) in ("adamw", "muon", "schedule_free") else 0.0


def _name(optimizer: Any) -> str:
    """Name in the entry of an optimiser, in whichever form it was written."""
    name = optimizer if isinstance(optimizer, str) else next(iter(optimizer), "") if isinstance(optimizer, dict) else ""
    return str(name).split(":")[0]
