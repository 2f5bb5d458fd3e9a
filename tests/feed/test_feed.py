"""Batches."""

import numpy as np
import pytest
import torch

from andon.errors import Problem
from andon.feed import AUGMENT, Feed
from andon.feed import feed as feed_module
from andon.feed.feed import shared


def arrays(rows=103):
    """Numbers, codes and a picture whose every cell says which row it is."""
    row = np.arange(rows)
    return {
        "numbers": row[:, None] + np.zeros((1, 3)),
        "codes": row[:, None] + np.zeros((1, 2), np.int64),
        "picture": np.broadcast_to(row.astype(np.uint8)[:, None, None], (rows, 4, 4)),
    }


@pytest.mark.parametrize("limit", [1 << 30, 1500, 0])
def test_an_epoch_holds_every_row_once(limit, monkeypatch):
    """Gathered whole, in blocks or step by step, an epoch gives each row once, and all its parts belong together."""
    monkeypatch.setattr(feed_module, "BLOCK_BYTES", limit)
    feed = Feed(arrays(), np.arange(103), batch=10, seed=1, weight=np.arange(103.0))
    batches = [feed.batch(2, step) for step in range(feed.steps)]

    assert sorted(np.concatenate([b.rows for b in batches]).tolist()) == list(range(103))
    assert [len(b) for b in batches] == [10] * 10 + [3]
    for batch in batches:
        rows = torch.from_numpy(batch.rows)
        assert torch.equal(batch.inputs["numbers"], rows[:, None].double().expand(-1, 3))
        assert torch.equal(batch.inputs["codes"], rows[:, None].expand(-1, 2))
        assert torch.equal(batch.inputs["picture"], rows[:, None, None].byte().expand(-1, 4, 4))
        assert torch.equal(batch.target, rows)
        assert torch.equal(batch.weight, rows.float())


def test_a_batch_is_a_function_of_seed_epoch_and_step(monkeypatch):
    """Asked in any order, from any feed of the same seed, held or not, a batch is the same."""
    ahead = Feed(arrays(), np.arange(103), batch=8, seed=5)
    wanted = {(e, s): ahead.batch(e, s).rows.tolist() for e in range(3) for s in range(ahead.steps)}
    monkeypatch.setattr(feed_module, "BLOCK_BYTES", 0)
    behind = Feed(arrays(), np.arange(103), batch=8, seed=5)

    for e, s in reversed(wanted):
        assert behind.batch(e, s).rows.tolist() == wanted[e, s]
    assert Feed(arrays(), np.arange(103), batch=8, seed=6).batch(0, 0).rows.tolist() != wanted[0, 0]
    assert wanted[0, 0] != wanted[1, 0]


def test_many_rows_take_the_computed_order(monkeypatch):
    """Beyond the limit nothing is stored, and each row still comes once."""
    monkeypatch.setattr(feed_module, "STORED", 50)
    feed = Feed(arrays(), np.arange(103), batch=10, seed=1)
    rows = np.concatenate([feed.batch(0, step).rows for step in range(feed.steps)])

    assert sorted(rows.tolist()) == list(range(103))


def test_only_the_part_is_fed():
    """Rows of other parts never come, and row numbers are those of the records."""
    part = np.array([5, 3, 99, 42])
    feed = Feed(arrays(), np.arange(103), batch=3, seed=0, rows=part)
    trained = np.concatenate([feed.batch(0, step).rows for step in range(feed.steps)])

    assert sorted(trained.tolist()) == [3, 5, 42, 99]
    checked = list(feed.all(chunk=3))
    assert np.concatenate([b.rows for b in checked]).tolist() == part.tolist()
    assert torch.cat([b.inputs["numbers"][:, 0] for b in checked]).tolist() == part.tolist()


def test_a_last_single_row_joins_the_batch_before():
    """Batch normalisation cannot learn from one row, so none comes alone; a lone row of a lone batch must."""
    feed = Feed(arrays(21), np.arange(21), batch=10, seed=0)

    assert [len(feed.batch(0, step)) for step in range(feed.steps)] == [10, 11]
    assert Feed(arrays(1), np.arange(1), batch=10, seed=0).steps == 1
    assert Feed(arrays(3), np.arange(3), batch=1, seed=0).steps == 3


def test_tensors_share_memory_with_arrays():
    """Records are not copied, written or warned about, read-only ones included; pictures of 16 bits pass."""
    array = np.zeros((4, 2))
    array.setflags(write=False)
    deep = np.full((4, 2, 2), 65_535, np.uint16)

    assert shared(array).data_ptr() == array.ctypes.data
    batch = next(Feed({"deep": deep}, np.zeros(4), batch=2, seed=0).all())
    assert batch.inputs["deep"].dtype == torch.uint16
    assert int(batch.inputs["deep"].to(torch.int32).max()) == 65_535
    assert shared(np.arange(3, dtype=">i4")).tolist() == [0, 1, 2]


def test_an_empty_part_is_a_sentence():
    """No row to train on is the user's problem, said as one."""
    with pytest.raises(Problem, match="no row to train on"):
        Feed(arrays(), np.arange(103), batch=3, seed=0, rows=np.array([], np.int64))


def test_the_registry_names_classes_that_exist():
    """Each augmentation has default options and a class that loads."""
    import importlib

    for options, target in AUGMENT.values():
        module, _, name = target.partition(":")
        assert options()
        assert callable(getattr(importlib.import_module(module), name))
