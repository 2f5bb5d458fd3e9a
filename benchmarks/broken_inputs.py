"""Sixty ways to feed it something broken, through the command line, as a user would.

Each case must end with its exit code and one sentence that names the file and its row or column, or the setting; no
traceback; and nothing left behind in the folder. Prints one JSON line per case that fails and one with the count.

    python benchmarks/broken_inputs.py [--only NAME] [--show]
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.cases import Case, main

LINES = [f"{i},{(i * 7) % 13},{(i * 5) % 11},{'ok' if (i * 7) % 13 + (i * 5) % 11 > 8 else 'ng'}" for i in range(200)]
GOOD = "lot,pressure,speed,quality\n" + "\n".join(LINES) + "\n"


def plan(text: str, job: str = "process_quality") -> str:
    return f"job: {job}\ndata:\n  rows: {{path: a.csv}}\ntarget: quality\n{text}\n"


def edited(number: int, line: str) -> str:
    lines = GOOD.splitlines()
    lines[number] = line
    return "\n".join(lines) + "\n"


def npz(path: Path) -> None:
    import numpy as np

    np.savez(path, a=np.zeros(3), b=np.zeros(4))


def parquet(path: Path) -> None:
    import polars as pl

    pl.DataFrame({"x": [1.0] * 10}).write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[:-6] + b"\0" * 6)


def arrow(path: Path) -> None:
    import polars as pl

    pl.DataFrame({"x": [1.0] * 1000}).write_ipc(path)
    path.write_bytes(path.read_bytes()[:200])


def unreadable(path: Path) -> None:
    path.mkdir()


FIT = "fit process_quality a.csv target=quality epochs=2"
PLAN = "fit plan.yaml epochs=2"
A = {"a.csv": GOOD}
CASES = (
    # words
    Case("no verb", {}, "fitt", 2, ("'fitt'", "Did you mean 'fit'")),
    Case("no words", {}, "fit", 2, ("job",)),
    Case("unknown job", A, "fit quallity a.csv", 2, ("quallity", "Did you mean")),
    Case("no data", {}, "fit process_quality", 2, ("data",)),
    Case("unknown setting", A, FIT + " epoch_count=3", 2, ("epoch_count",)),
    Case("misspelt setting", A, FIT + " train.epocs=3", 2, ("train.epocs", "train.epochs")),
    Case("habit of another tool", A, FIT + " lr=0.1", 2, ("lr", "learning_rate")),
    Case("ambiguous leaf", A, FIT + " seed=1", 2, ("split.seed", "train.seed")),
    Case("wrong type", A, FIT + " batch=many", 2, ("train.batch", "many")),
    Case("negative", A, FIT + " epochs=-1", 2, ("train.epochs", "-1")),
    Case("share above one", A, FIT + " split.test=1.5", 2, ("split.test",)),
    Case("shares leave nothing", A, FIT + " split.test=0.5 split.validation=0.4 split.calibration=0.2", 2, ("test, validation and calibration",)),
    Case("unknown layer", A, FIT + " network=dens:12", 2, ("dens", "Did you mean 'dense'")),
    Case("layer without width", A, FIT + " network=flatten,dense", 2, ("network.layers.1", "width")),
    Case("layer that does not fit", A, FIT + " network=convolution:8", 2, ("convolution",)),
    Case("unknown optimizer", A, FIT + " optimizer=adm", 2, ("adm", "Did you mean 'adam'")),
    Case("unknown class of the user's own", A, FIT + " network=nowhere:Net", 2, ("nowhere",)),
    Case("unknown scale", A, FIT + " scale.method=zscor", 2, ("zscor", "zscore")),
    Case("unknown cleaning step", A, FIT + " clean=[dupes]", 2, ("dupes",)),
    Case("bad duration", A, FIT + " time_limit=soon", 2, ("time_limit", "soon")),
    Case("fold that is not there", A, FIT + " split.folds=5 split.fold=7", 2, ("fold 7",)),
    Case("unknown device", A, FIT + " device=tpu9", 2, ("tpu9",)),
    Case("two data words", A, FIT + " b.csv", 2, ("b.csv",)),
    Case("unknown cost class", A, FIT + " decide.cost={bad:3}", 2, ("bad",)),
    Case("unknown positive class", A, FIT + " decide.positive=bad", 2, ("bad",)),
    Case("missing target column", A, "fit process_quality a.csv target=qualty", 2, ("qualty", "quality")),
    Case("unknown role column", A, FIT + " data.rows.unit=machine", 2, ("machine",)),
    Case("number as target of regress", A, "fit regress a.csv target=quality", 2, ("quality", "number")),
    Case("rule on a missing column", A, FIT + " checks.presure.range=[0,1]", 2, ("presure", "pressure")),
    # plans
    Case("plan that is not there", {}, "fit plan.yaml", 2, ("plan.yaml",)),
    Case("plan with a tab", {**A, "plan.yaml": "job: process_quality\n\tdata: x\n"}, PLAN, 2, ("plan.yaml", "line 2")),
    Case("plan with an unknown key", {**A, "plan.yaml": plan("train:\n  lr: 3")}, PLAN, 2, ("plan.yaml", "line 6", "train.learning_rate")),
    Case("plan with a wrong type", {**A, "plan.yaml": plan("train: {epochs: lots}")}, PLAN, 2, ("plan.yaml", "line 5", "epochs")),
    Case("plan with a list on top", {"plan.yaml": "- a\n- b\n"}, PLAN, 2, ("plan.yaml",)),
    Case("plan without a job", {**A, "plan.yaml": "target: x\n"}, PLAN, 2, ("plan.yaml", "job")),
    Case("empty plan", {"plan.yaml": ""}, PLAN, 2, ("plan.yaml",)),
    Case("binary plan", {"plan.yaml": b"\xff\xfe\x00\x01" * 9}, PLAN, 2, ("plan.yaml",)),
    Case("key twice", {**A, "plan.yaml": plan("target: speed")}, PLAN, 2, ("plan.yaml", "target")),
    Case("bad cleaning step in a plan", {**A, "plan.yaml": plan("clean: [{missing: gues}]")}, PLAN, 2, ("plan.yaml", "line 5", "gues")),
    Case("bad rule in a plan", {**A, "plan.yaml": plan("checks:\n  speed: {rnge: [0, 1]}")}, PLAN, 2, ("plan.yaml", "line 6", "rnge")),
    # data
    Case("file that is not there", {}, "fit process_quality gone.csv target=quality", 3, ("gone.csv",)),
    Case("glob that matches nothing", {}, "fit process_quality data/*.csv target=quality", 3, ("data/*.csv",)),
    Case("empty file", {"a.csv": ""}, FIT, 3, ("a.csv",)),
    Case("only a header", {"a.csv": "lot,pressure,speed,quality\n"}, FIT, 3, ("a.csv",)),
    Case("ragged line", {"a.csv": edited(50, "49,1,2,ok,9,9")}, FIT, 3, ("a.csv", "51")),
    Case("binary in a csv", {"a.csv": b"\x00\x01\x02\x03" * 500}, FIT, 3, ("a.csv",)),
    Case("open quote", {"a.csv": edited(50, '49,"1,2,ok')}, FIT, 3, ("a.csv",)),
    Case("truncated gz", {"a.csv.gz": gzip.compress(GOOD.encode())[:300]}, FIT.replace("a.csv", "a.csv.gz"), 3, ("a.csv.gz",)),
    Case("gz that is none", {"a.csv.gz": b"not gz at all"}, FIT.replace("a.csv", "a.csv.gz"), 3, ("a.csv.gz",)),
    Case("parquet without its end", {"a.parquet": parquet}, FIT.replace("a.csv", "a.parquet"), 3, ("a.parquet",)),
    Case("arrow cut short", {"a.arrow": arrow}, FIT.replace("a.csv", "a.arrow"), 3, ("a.arrow",)),
    Case("json lines with a torn line", {"a.jsonl": '{"x": 1, "quality": "ok"}\n{"x": 2, "qual\n'}, FIT.replace("a.csv", "a.jsonl"), 3, ("a.jsonl", "2")),
    Case("npz of unequal lengths", {"a.npz": npz}, FIT.replace("a.csv", "a.npz"), 3, ("a.npz",)),
    Case("idx cut short", {"train-images-idx3-ubyte": b"\0\0\x08\x03" + b"\0\0\0\x09" + b"\0\0\0\x02" * 2 + b"\0" * 5}, "fit classify train-images-idx3-ubyte", 3, ("train-images-idx3-ubyte",)),
    Case("unknown format", {"a.docx": b"PK"}, FIT.replace("a.csv", "a.docx"), 3, ("a.docx",)),
    Case("one broken file among good ones", {"d/1.csv": GOOD, "d/2.csv": edited(9, "8,1,2,ok,7,7"), "d/3.csv": GOOD}, "fit process_quality d target=quality", 1, ("2.csv", "10")),
    Case("one class only", {"a.csv": GOOD.replace("ng", "ok")}, FIT, 1, ("quality",)),
    Case("all targets missing", {"a.csv": GOOD.replace("ok", "").replace("ng", "")}, FIT, 2, ("quality",)),
    Case("three rows", {"a.csv": "\n".join(GOOD.splitlines()[:4])}, FIT, 2, ("calibration",)),
    Case("joined key is not unique", {**A, "b.csv": "lot,x\n1,2\n1,3\n", "plan.yaml": plan("").replace("rows: {path: a.csv}", "rows: {path: a.csv}\n  with: [{path: b.csv, on: lot}]")}, PLAN, 3, ("b.csv", "lot")),
    Case("joined key is missing", {**A, "b.csv": "lott,x\n1,2\n", "plan.yaml": plan("").replace("rows: {path: a.csv}", "rows: {path: a.csv}\n  with: [{path: b.csv, on: lot}]")}, PLAN, 2, ("lot", "lott")),
    Case("leaking column", {"a.csv": "\n".join([GOOD.splitlines()[0] + ",rework_code"] + [line + (",1" if line.endswith("ng") else ",0") for line in LINES])}, FIT, 1, ("rework_code",)),
    # runs
    Case("run that is not there", A, "predict runs/none a.csv", 4, ("runs/none",)),
    Case("folder that is no run", {**A, "x/y.txt": "1"}, "predict x a.csv", 4, ("x",)),
    Case("half a run", {**A, "r/manifest.json": '{"format":1,"finished":false}'}, "report r", 4, ("half a run",)),
    Case("torn manifest", {**A, "r/manifest.json": '{"format":1,'}, "report r", 4, ("manifest.json",)),
    Case("run of the future", {**A, "r/manifest.json": '{"format":99,"finished":true}'}, "predict r a.csv", 4, ("99",)),
    Case("one run to compare", A, "compare r", 2, ("one run",)),
    Case("unknown public set", {}, "data mnits", 2, ("mnits", "mnist")),
    Case("sets folder that is not there", {}, "data mnist --from nowhere", 3, ("nowhere",)),
    Case("plan that is there already", {**A, "plan.yaml": "x"}, "new process_quality a.csv", 2, ("plan.yaml", "--force")),
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main("broken_inputs", CASES, __doc__))
