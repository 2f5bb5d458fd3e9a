"""After training: ship, gate, judge, explain, report, seal. What is measured, is measured on the file that ships."""

from __future__ import annotations

import io
import os
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import polars as pl
from msgspec import structs, to_builtins
from safetensors.torch import save

from andon.api.learning.learn import Learnt, simple_loss
from andon.api.prepare import Prepared
from andon.api.rivals.aged import law_of_lives
from andon.api.shown.augmented import write_augmented
from andon.api.shown.lives import measure, places, watched, write_lives
from andon.api.shown.maps import masked
from andon.api.shown.regimes import regimes
from andon.api.shown.worst import write_worst
from andon.api.waiting import waiting
from andon.encode.windows import taken
from andon.errors import DataProblem
from andon.evaluation.baselines import linear, simple
from andon.evaluation.judge import judge, per_group
from andon.evaluation.lives import judge_lives
from andon.evaluation.test import Tested, ask
from andon.explain.gradient import gradients
from andon.explain.permutation import Driver, permutation
from andon.nets.tiles import Tiled
from andon.records.kinds import FILES
from andon.records.source import as_read
from andon.report import write_report
from andon.run.files import sha256, write_bytes, write_json
from andon.run.folder import FORMAT, Run
from andon.run.machine import machine, versions
from andon.runtime.model import Model, assemble
from andon.score.gap import judge as judge_gap
from andon.ship.export import add_tail, network_graph
from andon.ship.joined import joined, trees_of
from andon.ship.parity import Parity, parity
from andon.tasks.labels import settled
from andon.tasks.remaining_life import NEAR

if TYPE_CHECKING:
    from andon.api.fit import Clock

PARITY_ROWS = 2000
SAMPLE_ROWS = 200
SPEED_SECONDS = 2.0
"""What a call of many rows may take when its speed is measured."""
PROMISED = ("level", "calibration_rows", "supported", "needed", "threshold")
"""What the threshold of an inspector that knows good parts alone stands on."""


def finish(run: Run, prepared: Prepared, learnt: Learnt, *, clock: Clock) -> None:
    """All stages from trained weights to a sealed run."""
    unchanged(prepared)
    with clock.stage("export", "exporting, and asking network and file the same rows"):
        model = ship(run, prepared, learnt)
        gate = replay(model, prepared, learnt)
        write_json(run / "parity.json", gate)
    with clock.stage("evaluate", "judging the file on the test part, beside its rivals"):
        metrics, tested = measured(model, prepared, learnt)
        metrics["regimes"] = regimes(run, prepared)
        metrics["parity"] = {"rows": gate.rows, "flips": gate.flips, "largest": gate.largest}
    with clock.stage("explain", "looking for what drives the answers"):
        driven = drivers(model, prepared, learnt)
        metrics["drivers"] = [to_builtins(d) for d in driven]
    metrics["speed"] = speed(model, prepared) | {"fit_seconds": sum(clock.seconds.values())}
    write_json(run / "metrics.json", metrics)
    with waiting("keeping what the report shows, and writing it", quiet=clock.quiet, said=True):
        kept(run, (prepared, learnt), model, tested, driven)
        run.seal(manifest(run, prepared, learnt, clock))
        write_report(run.folder, prepared.plan.report.language)


def kept(run: Run, fitted: tuple[Prepared, Learnt], model: Model, tested: Tested, driven: list[Driver]) -> None:
    """Rows, answers and pictures, where they may travel with the run; of what a stop needed, nothing."""
    prepared, learnt = fitted
    if prepared.plan.share == "full":
        write_answers(run, prepared, tested, model)
        write_worst(run, prepared, tested, (learnt, model.graph))
        write_augmented(run, prepared)
        write_lives(run, prepared, tested, driven)
        write_samples(run, prepared)
    shutil.rmtree(run / "checkpoint", ignore_errors=True)


def unchanged(prepared: Prepared) -> None:
    """What is read again for the gate and the test part (all but tables held in memory) must be what was learnt from;
    a table that only grew is. Raises `DataProblem`."""
    records = prepared.records
    named = any(c.format == FILES and c.role == "input" for c in records.columns)
    if not named and "SCAN" not in records.frame.explain():
        return
    changed = [f.path for f in records.files if not as_read(f, grown=True)]
    if changed:
        raise DataProblem.of(
            "it changed, or has gone, while the run was learning from it", where=changed[0],
            why=f"{len(changed)} of {len(records.files)} files are no longer what was read",
            fix="give the command again when nobody writes there",
        )  # fmt: skip


def ship(run: Run, prepared: Prepared, learnt: Learnt) -> Model:
    """Weights, decision state and the one graph; then the run as the line will load it."""
    write_bytes(
        run / "weights.safetensors", save({k: v.contiguous().cpu() for k, v in learnt.net.state_dict().items()})
    )
    write_json(run / "state/decide.json", learnt.state)
    net = learnt.net.cpu()
    example = prepared.take(np.resize(prepared.learn, 4))
    if isinstance(net, Tiled):  # the graph is asked about tiles
        example, net = {**example, net.name: example[net.name][:, 0]}, net.net
    net, head = joined((net, learnt.finish), learnt.beside, learnt.state)
    graph = network_graph(net, head, prepared.specs, example)
    graph = add_tail(graph, trees_of(learnt.beside), prepared.task.name, learnt.state)
    onnx.checker.check_model(graph)
    write_bytes(run / "model.onnx", graph.SerializeToString(deterministic=True))
    return assemble(run, prepared.task.key)


def replay(model: Model, prepared: Prepared, learnt: Learnt) -> Parity:
    """The gate on raw rows: of the test part first, since those are the rows nobody tuned for."""
    rows = np.concatenate([prepared.parts.rows(part) for part in ("test", "calibration", "validation", "train")])
    chosen = np.sort(rows[: min(PARITY_ROWS, len(prepared.portions(rows)[0]))])
    return parity(model, learnt.net, learnt.finish, learnt.beside, raw_rows(prepared, chosen))


def raw_rows(prepared: Prepared, rows: np.ndarray) -> pl.DataFrame:
    """Some raw rows (ascending numbers) as they were read."""
    indexed = prepared.records.frame.with_row_index("__row__")
    wanted = pl.LazyFrame({"__row__": rows.astype(np.uint32)})
    return wanted.join(indexed, on="__row__", how="left", maintain_order="left").drop("__row__").collect()


def measured(model: Model, prepared: Prepared, learnt: Learnt) -> tuple[dict[str, Any], Tested]:
    """The test part (or, without one, the calibration or validation part, and it says so) asked once."""
    part = next((p for p in ("test", "calibration", "validation", "train") if len(prepared.rows(p))), "train")
    wanted = prepared.parts.rows(part)
    tested = ask(model, prepared.records.frame, wanted)
    raw = prepared.raw[tested.rows]
    name, base = simple(prepared.task, learnt.state, len(raw))
    rivals = {"baseline": base}
    if not any(spec.tiles for spec in prepared.specs):
        rivals |= yardsticks(prepared, learnt, tested.rows)
    law = law_of_lives(prepared, tested.rows)
    if law is not None:
        rivals["weibull"] = law[1]
    groups = None if prepared.parts.groups is None else prepared.parts.groups[tested.rows]
    found = judge(prepared.task, learnt.state, tested.scores, raw, decided=tested.columns, groups=groups, rivals=rivals)
    found |= {"part": part, "baseline_name": name, "blend": learnt.state.get("blend"), "rejected": len(tested.bad)}
    by = _columns(prepared, tested.rows)
    found["per_group"] = per_group(prepared.task, learnt.state, tested.scores, raw, by, together=groups)
    found["gap"] = gap(prepared, learnt)
    if prepared.task.good_only:
        found["promise"] = {k: learnt.state[k] for k in PROMISED if k in learnt.state}
    if prepared.encoding.history is not None:
        told = judge_lives(watched(prepared, tested), tested.columns, learnt.state)
        found["lives"] = None if told is None else told | measure(prepared) | {"law": law and to_builtins(law[0])}
    if model.graph.maps:
        found["pixels"] = to_builtins(masked(model, prepared, tested.rows))
    return found, tested


def yardsticks(prepared: Prepared, learnt: Learnt, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of the network's rivals, and of a linear model where none of them is one and it says anything."""
    arrays = prepared.take(rows)
    found = {rival.kind: rival.scores(arrays, learnt.state) for rival in learnt.rivals if rival.kind != NEAR}
    if "linear" in found:
        return found
    line = linear(
        prepared.task, learnt.state, prepared.specs,
        (prepared.take(prepared.learn), prepared.target_of(prepared.learn)), arrays,
    )  # fmt: skip
    if line is not None:
        found["linear"] = line
    return found


def _columns(prepared: Prepared, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Category columns with few values, by which the result is shown separately."""
    chosen = [f.name for f in prepared.schema.fields if f.kind == "category" and 2 <= len(f.categories) <= 12][:3]
    if not chosen:
        return {}
    frame = raw_rows(prepared, rows).select(pl.col(chosen).cast(pl.String))
    return {name: np.array(frame[name].fill_null("–").to_list()) for name in chosen}


def gap(prepared: Prepared, learnt: Learnt) -> dict[str, Any] | None:
    """Fits, overfits or underfits, in words; None without a validation part."""
    history = [event for event in learnt.history if event.valid_loss is not None]
    if not history:
        return None
    baseline = simple_loss(prepared)
    verdict = judge_gap([e.train_loss for e in history], [e.valid_loss or 0.0 for e in history], baseline)
    return {
        "verdict": verdict.verdict, "caught": verdict.caught, "sentence": verdict.sentence,
        "sentence_zh": verdict.sentence_zh,
    }  # fmt: skip


def drivers(model: Model, prepared: Prepared, learnt: Learnt) -> list[Driver]:
    """Permutation importance on rows that neither trained nor chose what was kept, with the gradient beside it. What
    validation chose by looks as important there as chance made it."""
    if len(prepared.specs) == 1 and prepared.specs[0].kind == "image":  # alone: a map of it says more than its rank
        return []
    ways = (("test", "calibration"), ("validation",), ("train",))
    parts = (np.sort(np.concatenate([prepared.rows(part) for part in of])) for of in ways)
    rows = next(rows for rows in parts if len(rows))
    way = (prepared.task, learnt.state, prepared.encoding)
    groups = None if prepared.parts.groups is None else prepared.parts.groups[rows]
    graph, net = model.graph, learnt.net
    if isinstance(net, Tiled):  # of each picture the tile that speaks for it
        pieces = [graph.speaking(prepared.take(piece)) for piece in prepared.portions(rows)]
        arrays = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        graph, net = graph.of_one(), net.net
    else:
        arrays = prepared.take(rows)
    found = permutation(graph, arrays, prepared.raw[rows], way, groups=groups, seed=prepared.plan.train.seed)
    steep = gradients(net, learnt.finish, taken(arrays, np.arange(min(len(rows), 1000))), prepared.encoding)
    return [structs.replace(driver, gradient=steep.get(driver.column)) for driver in found]


def speed(model: Model, prepared: Prepared) -> dict[str, float]:
    """Milliseconds of one row and of a thousand, raw record to answer; where rows are slow, a thousand is what some of
    them take, times what is missing."""
    frame = raw_rows(prepared, np.sort(np.resize(prepared.parts.rows("train"), 1000)))
    row = frame.row(0, named=True)
    began = time.perf_counter()
    model.predict_rows([row], placed=True)
    once = time.perf_counter() - began
    if once > SPEED_SECONDS:  # a picture of hundreds of tiles: asked often enough already
        return {"row_ms": 1000 * once, "thousand_ms": 1e6 * once}
    single = _median(lambda: model.predict_rows([row], placed=True), 50 if prepared.specs and _light(prepared) else 9)
    some = frame.head(int(np.clip(SPEED_SECONDS / max(single, 1e-9), 16, 1000)))
    thousand = _median(lambda: model.predict_frame(some), 7) * 1000 / some.height
    return {"row_ms": 1000 * single, "thousand_ms": 1000 * thousand}


def _light(prepared: Prepared) -> bool:
    """No pictures among the inputs."""
    return all(spec.kind in ("numbers", "codes") for spec in prepared.specs)


def _median(call: Any, times: int) -> float:
    """Median seconds of a call."""
    call()
    laps = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        laps.append(time.perf_counter() - start)
    return float(np.median(laps))


def write_answers(run: Run, prepared: Prepared, tested: Tested, model: Model) -> None:
    """The test part, row by row: truth, answer and the loss by which rows are ranked as worst."""
    raw = prepared.raw[tested.rows]
    columns: dict[str, Any] = {"row": tested.rows, "truth": _series(raw)}
    if prepared.task.good_only:  # to the report every defect is one; which it was stands beside it
        truth = [None if i < 0 else model.state["classes"][i] for i in prepared.target_of(tested.rows)]
        columns |= {"truth": pl.Series(truth, dtype=pl.String), "kind": _series(raw)}
    if prepared.task.name == "labels":
        columns["truth"] = _series(settled(raw, model.state))
    columns |= {name: _series(values) for name, values in tested.columns.items()}
    for name in prepared.schema.shown[:1]:
        columns["name"] = raw_rows(prepared, tested.rows)[name]
    if prepared.parts.groups is not None:
        columns["group"] = prepared.parts.groups[tested.rows]
    if prepared.encoding.history is not None:
        columns |= places(prepared, tested.rows).to_dict()
    columns["loss"] = model.task.loss_of(tested.scores, raw, model.state) if len(raw) else np.empty(0)
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    write_bytes(run / "answers.parquet", buffer.getvalue())


def _series(values: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.String if values.dtype == object else None)


def write_samples(run: Run, prepared: Prepared) -> None:
    """Raw rows with which the gate can be asked again elsewhere."""
    rows = np.sort(prepared.parts.rows("test")[:SAMPLE_ROWS])
    buffer = io.BytesIO()
    raw_rows(prepared, rows).write_ipc(buffer)
    write_bytes(run / "samples.arrow", buffer.getvalue())


def manifest(run: Run, prepared: Prepared, learnt: Learnt, clock: Clock) -> dict[str, Any]:
    """Everything decided about the run as a whole."""
    plan = prepared.plan
    return {
        "format": FORMAT, "andon": versions().get("andon"), "name": run.folder.name, "job": plan.job,
        "task": prepared.task.name, "answers_by": prepared.task.key,
        "target": prepared.target, "language": plan.report.language,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "identity": run.manifest.get("identity"),
        "data": [
            {"path": f.path, "bytes": f.bytes, "sha256": sha256(Path(f.path)) if as_read(f) else ""}
            for f in prepared.records.files
        ],
        "columns": [asdict(column) for column in prepared.records.columns],
        "listed": [asdict(column) for column in prepared.records.events.columns] if prepared.records.events else [],
        "packages": versions(), "machine": machine(), "seed": plan.train.seed, "choices": learnt.choices,
        "settings": to_builtins(learnt.settings), "parts": prepared.parts.counts(),
        "split": {"by": prepared.parts.by, "why": prepared.parts.why, "turns": learnt.turns},
        "reasons": prepared.reasons, "events": prepared.records.events and prepared.records.events.where,
        "cleaned": prepared.stored.changed,
        "size": {
            "weights": sum(p.numel() for p in learnt.net.parameters()),
            "onnx_bytes": os.path.getsize(run / "model.onnx"), "members": plan.network.members,
        },
        "seconds": {stage: round(value, 2) for stage, value in clock.seconds.items()},
        "reproduce": f"andon fit {run.folder.as_posix()}/plan.yaml", "share": plan.share,
    }  # fmt: skip
