"""Network, boosted trees and a linear model answer together, from one file that passes the gate."""

from __future__ import annotations

import pytest
from tests.conftest import lots

import andon
from andon.api.rivals import blend
from andon.run.files import read_json

SHARES = {"network": 0.4, "trees": 0.35, "linear": 0.25}


@pytest.mark.parametrize(("job", "target"), [("classify", "machine"), ("regress", "strength")])
def test_three_voices_are_one_file_without_a_flip(job, target, tmp_path, monkeypatch):
    """Trained and exported answers agree for classes and for numbers with quantiles; the page says who has what share."""
    monkeypatch.setattr(blend, "ways_of", lambda names: [dict(SHARES)])
    quantiles = [0.1, 0.9] if job == "regress" else []

    run = andon.fit(
        job, lots(300), runs=tmp_path, quiet=True, target=target, epochs=2, threads=1, quantiles=quantiles,
        accept=["*"], network={"members": 2}, learning_rate=1e-3,
    )  # fmt: skip
    metrics, gate = read_json(run / "metrics.json"), read_json(run / "parity.json")

    assert metrics["blend"] == SHARES
    assert (gate["flips"], gate["one_row_equal"]) == (0, True)
    assert gate["largest"] < 1e-5
    assert all({"trees", "linear"} <= set(facts) for facts in metrics["metrics"].values() if "trees" in facts)
    assert "boosted trees 35%" in (run / "report.html").read_text("utf-8")
    assert len(andon.predict(run.folder, lots(20, seed=3))) == 20
