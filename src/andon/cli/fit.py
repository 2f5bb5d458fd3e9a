"""`andon fit`: trains, exports, judges and reports; the same command goes on after a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    job: Annotated[str, typer.Argument(help="A job, or a plan (.yaml).")],
    words: Annotated[list[str] | None, typer.Argument(help="The data, then settings as key.path=value.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
    quiet: Annotated[bool, typer.Option(help="No progress.")] = False,
) -> None:
    """Train a network on your records and write one run folder."""
    from andon.api.fit import fit_words
    from andon.cli import say

    run = fit_words(job, words or [], name=name, runs=runs, quiet=quiet or as_json)
    if as_json:
        say.as_json({"run": str(run.folder), "metrics": run.metrics})
        return
    rows = []
    named = {
        "trees": "boosted trees", "texture": "texture features + LDA", "linear": "linear model",
        "weibull": "Weibull law of the age",
    }  # fmt: skip
    rivals = [name for name in named if any(facts.get(name) is not None for facts in run.metrics.values())]
    for metric, facts in run.metrics.items():
        interval = f"{say.number(facts['low'])} … {say.number(facts['high'])}" if facts.get("low") is not None else ""
        rows.append(
            [
                metric,
                say.number(facts["value"]),
                interval,
                say.number(facts.get("baseline")),
                *(say.number(facts.get(rival)) for rival in rivals),
            ]
        )
    say.measured(["metric", "value", "interval (95 %)", "simple baseline", *(named[rival] for rival in rivals)], rows)
    typer.echo(f"\nrun     {run.folder}\nreport  {run / 'report.html'}\nnext    andon predict {run.folder} NEW_DATA")
