"""What windows hold instead of angles and waveforms, and beside counters."""

from __future__ import annotations

import numpy as np
import pytest

from andon.encode.derived import derived, heard
from andon.encode.histories import encoded
from andon.encode.pasts import History, Pasts

LAYOUT = History(
    columns=["bar", "strokes", "rotor.sin", "rotor.cos", *heard("shake", (64,)), "strokes.step"], steps=6, first=3,
    exact=True, turns={"rotor": 360.0}, waves=["shake"], counters=["strokes"],
)  # fmt: skip


def block(units=(30, 21), seed=0):
    """Readings of units row by row in time, units taking turns."""
    rng = np.random.default_rng(seed)
    unit, time = (
        np.concatenate([np.full(n, u) for u, n in enumerate(units)]),
        np.concatenate([np.arange(n) for n in units]),
    )
    order = np.argsort(time, kind="stable")
    count = len(unit)
    strokes = np.concatenate([1e9 + 7.0 * np.arange(n) for n in units])
    strokes[units[0] + 10 :] -= strokes[units[0] + 10]  # the second unit's counter starts again
    found = {
        "bar": rng.normal(5, 1, count), "strokes": strokes, "rotor": rng.uniform(0, 360, count),
        "shake": rng.normal(0, 1, (count, 64)).astype(np.float32), "__unit__": unit, "__time__": time.astype(float),
    }  # fmt: skip
    return {name: values[order] for name, values in found.items()}


def test_a_stream_makes_the_columns_of_the_table():
    """Rows one after the other, or in pieces of any size, hold to the bit what the whole table holds."""
    whole = block()
    table = encoded(LAYOUT, None, whole)

    for size in (1, 2, 7):
        pasts, parts = Pasts(LAYOUT), []
        for start in range(0, len(whole["bar"]), size):
            piece = {name: values[start : start + size] for name, values in whole.items()}
            parts.append(encoded(LAYOUT, pasts, piece)["series"][:])
        np.testing.assert_array_equal(np.concatenate(parts), table["series"][:])


def test_a_counter_is_known_by_its_steps():
    """Nothing before the first row, then what was added; where it starts again, what it has come to since."""
    alone = {name: values[block()["__unit__"] == 1] for name, values in block().items()}

    steps = encoded(LAYOUT, None, alone)["series"][:][:, -1, -1]

    assert np.isnan(steps[0])
    assert steps[1:10].tolist() == [7.0] * 9
    assert steps[10:12].tolist() == [0.0, 7.0]


def test_an_angle_next_to_a_whole_turn_is_next_to_none():
    """359 degrees and one degree are neighbours, and so they are in radians."""
    turns = {"rotor": 360.0, "phase": 2 * np.pi}
    found = derived({"rotor": np.array([359.0, 1.0]), "phase": np.radians([-1.0, 1.0])}, turns, ())

    for name in turns:
        assert found[f"{name}.sin"] == pytest.approx([-np.sin(np.radians(1)), np.sin(np.radians(1))])
        assert found[f"{name}.cos"] == pytest.approx([np.cos(np.radians(1))] * 2)


def test_figures_of_a_waveform_say_what_they_are_called():
    """A sine of size two about three, twenty times in the window: mean, spread, peak, kurtosis, and its own octave."""
    wave = 3 + 2 * np.sin(2 * np.pi * 20 * np.arange(256) / 256)
    found = derived({"shake": np.stack([wave, np.zeros(256)])}, {}, ["shake"])
    told = {name.removeprefix("shake."): found[name] for name in heard("shake", (256,))}

    assert told["mean"][0] == pytest.approx(3)
    assert np.exp([told["spread"][0], told["peak"][0]]) == pytest.approx([2**0.5, 2], rel=1e-3)
    assert np.exp(told["kurtosis"][0]) == pytest.approx(1.5)
    octaves = np.array([values[0] for name, values in told.items() if name.startswith("octave")])
    assert octaves.argmax() == 4  # sixteen to thirty-one cycles
    assert all(np.isnan(values[1]) for values in told.values())  # nothing was read


def test_each_channel_has_its_own_figures():
    """A window of two channels is heard as two waveforms."""
    wave = np.random.default_rng(0).normal(0, 1, (3, 32, 2))
    both = derived({"shake": wave}, {}, ["shake"])

    for channel in (0, 1):
        alone = derived({"shake": wave[:, :, channel]}, {}, ["shake"])
        for name in heard("shake", (32,)):
            figure = name.removeprefix("shake.")
            np.testing.assert_array_equal(both[f"shake.{channel}.{figure}"], alone[name])
