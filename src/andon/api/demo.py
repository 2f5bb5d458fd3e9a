"""`andon demo`: one simulated line from records to answers. No network, no data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from andon.api.check import check_to_files
from andon.api.fit import fit_words
from andon.api.predict import predict_to_file
from andon.checks.finding import counted
from andon.run.files import write_bytes
from andon.simulate import process


def demo(folder: Path, *, language: str = "en", rows: int = 4000) -> Iterator[str]:
    """Yields lines for the screen while it works."""
    folder.mkdir(parents=True, exist_ok=True)
    data, new = folder / "lots.csv", folder / "new_lots.csv"
    seen = process(rows, seed=0).frame
    fresh = process(200, seed=1).frame
    write_bytes(data, seen.write_csv().encode())
    write_bytes(new, fresh.drop([c for c in TARGETS if c in fresh.columns]).write_csv().encode())
    yield f"1  a simulated line wrote {rows} lots to {data}"
    settings = [f"target={TARGETS[0]}", f"known.ignore=[{', '.join(TARGETS[1:])}]", f"report.language={language}"]
    checked, _ = check_to_files(str(data), settings, folder / "findings")
    yield f"2  checked: {counted(checked.findings)}; see {folder / 'findings/findings.html'}"
    yield "3  training (the same command goes on where it was stopped)"
    run = fit_words("process_quality", [str(data), *settings], name="demo", runs=folder / "runs", quiet=False)
    main = next(iter(run.metrics))
    facts = run.metrics[main]
    yield (f"4  {main} {facts['value']:.3f} ({facts['low']:.3f} … {facts['high']:.3f}) on lots it never saw; "
           f"simple baseline {facts['baseline']:.3f}")  # fmt: skip
    done = predict_to_file(run.folder, str(new), folder / "answers.csv")
    yield f"5  answered {done.rows - done.bad} of {done.rows} new lots without torch: {done.out}"
    yield f"\nopen   {run / 'report.html'}\nnext   andon new process_quality YOUR_DATA.csv"


TARGETS = ("quality", "shrinkage_mm")
"""Target columns of the simulated table: the first is predicted, the others are left out."""
