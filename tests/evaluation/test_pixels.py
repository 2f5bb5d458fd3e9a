"""Areas under the curves of maps, by hand and by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from andon.evaluation.pixels import pixels


def test_a_perfect_map_has_areas_of_one() -> None:
    """Both areas."""
    mask = np.zeros((20, 20), bool)
    mask[3:6, 3:6] = mask[10:18, 10:18] = True
    found = pixels([(mask * 0.9, mask), (np.zeros((20, 20)), np.zeros((20, 20), bool))])
    assert found.auroc == pytest.approx(1.0)
    assert found.pro == pytest.approx(1.0)
    assert (found.pictures, found.regions) == (2, 2)


def test_the_area_is_scikit_learns() -> None:
    """To a thousandth: thresholds are 4096."""
    rng = np.random.default_rng(0)
    mask = np.zeros((40, 40), bool)
    mask[5:15, 5:30] = True
    where = np.floor(np.clip(rng.normal(0.4 + 0.2 * mask, 0.15), 0, 0.999) * 4096) / 4096
    assert pixels([(where, mask)]).auroc == pytest.approx(roc_auc_score(mask.ravel(), where.ravel()), abs=1e-3)


def test_small_regions_count_as_much_as_large_ones() -> None:
    """A missed speck halves the overlap, and hardly moves the pixels."""
    mask = np.zeros((50, 50), bool)
    mask[0:2, 0:2] = mask[10:40, 10:40] = True
    only_large = np.where(mask, 0.9, 0.1)
    only_large[0:2, 0:2] = 0.0
    found = pixels([(only_large, mask)])
    assert found.auroc == pytest.approx(900 / 904, abs=0.01)
    assert found.pro == pytest.approx(0.5, abs=0.01)


def test_without_a_defect_nothing_is_claimed() -> None:
    """None, not a number."""
    found = pixels([(np.zeros((5, 5)), np.zeros((5, 5), bool))])
    assert found.auroc is None
    assert found.pro is None
