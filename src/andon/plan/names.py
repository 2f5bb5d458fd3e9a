"""The names of the settings: their full paths, short forms, and what other tools call them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from typing import Any, get_origin

import msgspec
from msgspec import Struct

from andon.errors import SettingProblem, nearest
from andon.plan.settings import Plan

FOREIGN = {
    word: path
    for path, words in {
        "job": "task mode problem_type",
        "target": "y label labels label_column target_column target_col class_column dependent",
        "clean": "preprocess preprocessing cleaning imputer imputation",
        "quantiles": "quantile quantile_levels",
        "data.rows.path": "file dataset csv source train_path data_path data_dir",
        "data.rows.unit": "unique_id item_id unit_id machine_id series_id entity",
        "data.rows.time": "ds timestamp time_column datetime date date_column time_col",
        "data.rows.group": "groups group_column group_col",
        "data.rows.weight": "sample_weight weights weight_column",
        "data.rows.part": "fold_column split_column",
        "known.ignore": "drop exclude drop_columns ignore_columns ignored_columns",
        "known.after": "leak leaks leaky",
        "split.test": "test_size test_split test_share test_fraction",
        "split.validation": "val valid val_size val_split valid_size validation_split validation_size val_fraction",
        "split.calibration": "cal calib",
        "split.folds": "cv kfold k_folds n_splits num_folds n_folds",
        "scale.method": "scaler scaling normalize normalise normalization normalisation standardize",
        "network.family": "model backbone arch architecture model_type",
        "network.layers": "hidden hidden_layers hidden_dims hidden_sizes hidden_layer_sizes num_layers",
        "network.members": "ensemble num_members ensemble_size n_estimators",
        "network.size": "depth width model_size",
        "train.epochs": "epoch max_epochs num_epochs n_epochs nb_epoch max_iter num_train_epochs",
        "train.batch": "batch_size bs batchsize minibatch mini_batch_size per_device_train_batch_size",
        "train.optimizer": "optim optimiser opt solver algorithm",
        "train.learning_rate": "lr lr0 eta learn_rate initial_lr learning_rate_init alpha step_size",
        "train.schedule": "scheduler lr_scheduler lr_schedule lrs",
        "train.weight_decay": "wd l2 decay reg_lambda",
        "train.clip": "grad_clip clip_norm clip_grad max_norm max_grad_norm gradient_clip_val clipnorm",
        "train.average": "ema swa ema_decay polyak",
        "train.patience": "early_stopping early_stop early_stopping_rounds n_iter_no_change",
        "train.augment": "augmentation augmentations transforms",
        "train.accumulate": "accumulate_grad_batches gradient_accumulation_steps",
        "train.seed": "random_state random_seed",
        "train.device": "gpu gpus cuda accelerator",
        "train.precision": "amp fp16 bf16 half mixed_precision dtype",
        "train.time_limit": "max_time timeout time_budget max_runtime time_left_for_this_task",
        "train.loss": "criterion objective loss_function loss_fn",
        "decide.cost": "class_weight class_weights cost_matrix costs",
        "decide.positive": "pos_label positive_class",
        "decide.intervals": "confidence coverage interval prediction_interval",
        "report.language": "lang locale",
    }.items()
    for word in words.split()
}
"""What users of other tools call a setting -> its path here."""

OPTIONS = {"units": "width", "filters": "width", "features": "width", "out_features": "width", "channels": "width",
           "kernel_size": "kernel", "strides": "stride", "rate": "share", "p": "share", "act": "activation",
           "num_heads": "heads", "nhead": "heads", "pool_size": "size", "use_bias": "bias"}  # fmt: skip
"""The same for the options of layers."""

NEEDLESS = {
    **dict.fromkeys(["workers", "num_workers", "n_jobs", "pin_memory", "prefetch"],
                    "leave it out: batches are gathered whole, there are no loader workers to set"),
    **dict.fromkeys(["shuffle"], "leave it out: the order is always shuffled, from 'train.seed'"),
    **dict.fromkeys(["metric", "metrics", "eval_metric"], "leave it out: every metric of the task is measured"),
    **dict.fromkeys(["label_smoothing", "smoothing", "smooth"],
                    "put it in the loss, as 'loss: {cross_entropy: {smoothing: 0.1}}'"),
    **dict.fromkeys(["features", "inputs", "x"],
                    "leave it out: every column is an input unless 'known.ignore' or 'known.after' names it"),
    **dict.fromkeys(["callbacks", "logger", "verbose"], "leave it out: report and progress bar are always there"),
    **dict.fromkeys(["dropout"], "put it among the layers, as 'network: [{dense: 128}, {dropout: 0.1}, {dense: 10}]'"),
    **dict.fromkeys(["activation"], "put it in a layer, as '{dense: 128, activation: relu}'"),
    **dict.fromkeys(["momentum", "nesterov", "betas"],
                    "put it in the optimizer, as 'optimizer: {sgd: {momentum: 0.9}}'"),
    **dict.fromkeys(["resume"], "leave it out: the same command goes on where it stopped"),
}  # fmt: skip
"""Settings of other tools that have no twin here, and what to do instead."""


OPEN = ("series",)
"""Settings whose own settings a later room knows: below them any name goes, and is read there."""


@cache
def leaves() -> dict[str, Any]:
    """Path -> type of every setting that holds a value, in the order of the plan."""
    return dict(_walk(Plan, ""))


@cache
def sections() -> frozenset[str]:
    """Paths of the settings that hold other settings."""
    return frozenset(path[:i] for path in leaves() for i, letter in enumerate(path) if letter == ".")


def _walk(struct: type[Struct], path: str) -> Iterable[tuple[str, Any]]:
    for field in msgspec.structs.fields(struct):
        here = f"{path}{field.encode_name}"
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield from _walk(field.type, f"{here}.")
        else:
            yield here, field.type


def full_path(name: str) -> str:
    """The full path of a setting named by its path or by the end of it, if only one ends so.

    `epochs` gives `train.epochs`, `rows.unit` gives `data.rows.unit`, `cost.escape` gives `decide.cost.escape` (below
    a mapping any name goes). Raises `SettingProblem` where none or several fit.
    """
    whole = [*leaves(), *sections()]
    if name in whole or name.partition(".")[0] in OPEN:
        return name
    head, _, rest = name.partition(".")
    matches = [path for path in whole if path.endswith(f".{name}")]
    if not matches and rest:
        free = [path for path, kind in leaves().items() if get_origin(kind) is dict]
        inside = [path for path in free if name.startswith(f"{path}.") or path.endswith(f".{head}")]
        if len(inside) == 1:
            return name if name.startswith(inside[0]) else f"{inside[0]}.{rest}"
    if len(matches) > 1:
        listed = " or ".join(f"'{path}'" for path in matches)
        raise SettingProblem.at(name, f"'{name}' could be {listed}", fix=f"give the whole path, as '{matches[0]}=…'")
    if not matches:
        section = name.rpartition(".")[0]
        dotted = f"{section}." if section in sections() else ""
        raise unknown(name, {path.removeprefix(dotted).partition(".")[0] for path in whole if path.startswith(dotted)})
    return matches[0]


def unknown(key: str, known: Iterable[str]) -> SettingProblem:
    """The problem of a name nobody knows, with the nearest right word. `known` are the names that would have done."""
    section, _, word = key.rpartition(".")
    word, known = word.lower().replace("-", "_"), list(known)
    ours = section in sections() or not section
    dotted = f"{section}." if section else ""
    same = [path for path in leaves() if path == word or path.endswith(f".{word}")] if ours else []
    if word in known:
        fix = f"Did you mean '{dotted}{word}'?"
    elif OPTIONS.get(word) in known:
        fix = f"Did you mean '{dotted}{OPTIONS[word]}'?"
    elif same:
        fix = f"Did you mean {' or '.join(repr(path) for path in same)}?"
    elif ours and word in FOREIGN:
        fix = f"Did you mean '{FOREIGN[word]}'?"
    elif ours and word in NEEDLESS:
        fix = NEEDLESS[word]
    else:
        fix = _closest(word, dotted, known, ours)
    return SettingProblem.at(key, f"'{key}' is not a setting", fix=fix)


def _closest(word: str, dotted: str, known: list[str], ours: bool) -> str:
    """A sibling spelt alike, else any setting spelt alike, else the siblings."""
    if difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return nearest(word, known).replace("'", f"'{dotted}", 1)
    names = {path.rpartition(".")[2]: path for path in leaves()}
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.75) if ours else []
    if close:
        return f"Did you mean '{names[close[0]]}'?"
    if not known:
        return "leave it out: there is nothing to set here"
    return nearest(word, known)
