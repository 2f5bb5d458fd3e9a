"""Which rows tell what drives the answers."""

from types import SimpleNamespace

import numpy as np
import pytest

from andon.api import finish


def _asked(monkeypatch, **parts):
    """Rows that `permutation` is given where a run has these parts."""
    seen = []
    prepared = SimpleNamespace(
        specs=[SimpleNamespace(kind="numbers")], rows=lambda part: np.array(parts.get(part, []), int),
        task=None, encoding=None, parts=SimpleNamespace(groups=None), raw=np.zeros(10),
        take=lambda rows: seen.append(rows.tolist()) or {"numbers": np.zeros((len(rows), 1))},
        plan=SimpleNamespace(train=SimpleNamespace(seed=0)),
    )  # fmt: skip
    monkeypatch.setattr(finish, "permutation", lambda *a, **k: [])
    monkeypatch.setattr(finish, "gradients", lambda *a: {})
    finish.drivers(SimpleNamespace(graph=None), prepared, SimpleNamespace(net=None, state={}, finish=None))
    return seen[0]


@pytest.mark.parametrize(
    ("parts", "rows"),
    [
        ({"train": [0], "validation": [1], "calibration": [4, 2], "test": [3]}, [2, 3, 4]),
        ({"train": [0], "validation": [1], "test": [3]}, [3]),
        ({"train": [0], "validation": [1]}, [1]),
        ({"train": [0]}, [0]),
    ],
)
def test_rows_that_neither_trained_nor_chose(monkeypatch, parts, rows):
    """Test and calibration together: with 30 failures a third more of them tell a driver from chance. Validation rows
    have chosen what was kept, which made chance look like a driver in 4 of 11 seeded runs."""
    assert _asked(monkeypatch, **parts) == rows
