import numpy as np
import pytest

from andon.simulate.planted import VERDICTS, planted


@pytest.mark.parametrize("verdict", VERDICTS)
def test_planted_tasks_are_drawn_by_the_seed(verdict):
    """The same seed gives the same rows; targets are balanced classes or have unit spread."""
    for seed in (0, 1):
        one, two = planted(verdict, seed=seed), planted(verdict, seed=seed)
        np.testing.assert_array_equal(one.train[0], two.train[0])
        np.testing.assert_array_equal(one.valid[1], two.valid[1])
        spread = np.concatenate([one.train[1], one.valid[1]]).std()
        assert spread == pytest.approx(0.5 if one.task == "classification" else 1.0, abs=1e-3)
        assert len(one.valid[0]) == 800
    assert (planted(verdict, seed=1).task, planted(verdict, seed=2).task) == ("classification", "regression")


def test_overfitting_is_planted_with_few_rows_and_many_columns():
    """What makes each verdict is in the task, not in luck."""
    few, many = planted("overfits", seed=3), planted("fits", seed=3)
    assert len(few.train[0]) * 5 < len(many.train[0])
    assert few.train[0].shape[1] > many.train[0].shape[1]
    assert planted("underfits", seed=0).epochs < planted("fits", seed=0).epochs
