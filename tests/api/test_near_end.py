"""What tells the end of lives apart where events cut them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from test_ages_of_lives import prepared

from andon.api.ready import scaling_of
from andon.api.rivals.near import near_cap, near_end
from andon.tasks.remaining_life import NEAR


def test_lives_that_were_seen_to_end_teach_their_end(tmp_path):
    """Fewer than half of the rows that are known lie below its cap, and of those it tells more than their mean does."""
    found = prepared(tmp_path, "series={cap: 8, lookback: 40}")
    rows = found.rows("test")[np.isfinite(found.raw[found.rows("test")])]
    cap = near_cap(found)

    near = near_end(found, scaling_of(found))
    told = np.clip(near.scores(found.take(rows), found.state)[:, 0], 0, cap)

    assert near.kind == NEAR
    assert 0 < cap < np.nanmedian(found.raw[found.learn])
    truth = np.minimum(found.raw[rows], cap)
    assert np.square(told - truth).mean() < 0.7 * truth.var()


def test_nothing_stands_beside_the_answer_where_all_lives_are_seen(tmp_path):
    """Then the answer itself was taught by every end."""
    found = replace(prepared(tmp_path, "series={cap: 8, lookback: 40}", censored=0.0), least=None)

    assert near_end(found, scaling_of(found)) is None
