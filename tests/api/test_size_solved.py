"""What a run will take where its network is solved at once."""

from andon.api.size import size_words
from andon.simulate import histories


def test_a_network_that_is_solved_at_once_is_timed(tmp_path):
    """Random convolutions have no updates that could be counted: their one solution is measured as a whole."""
    histories(units=6, seed=0).frame.write_parquet(tmp_path / "line.parquet")
    words = [str(tmp_path / "line.parquet"), "network.family=random", "network.size=tiny", "trees=off", "accept=['*']"]
    found = size_words("remaining_life", words)

    assert found["updates"] == 1
    assert found["ms_per_update"] > 10
