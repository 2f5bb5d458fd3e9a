import numpy as np
import pytest

from andon.simulate import physics


def test_the_melt_thins_when_it_is_sheared_or_heated():
    """Cross-WLF: the plateau at rest, a power law far from it (slope n - 1 = -0.7), less when hotter."""
    kelvin, shear = np.array([503.0]), np.array([1e-6])
    rest = 1e13 * np.exp(-30 * 130 / (51.6 + 130))

    assert physics.viscosity(kelvin, shear) == pytest.approx(rest, rel=1e-3)
    fast, faster = physics.viscosity(kelvin, np.array([1e6])), physics.viscosity(kelvin, np.array([1e7]))
    assert np.log10(faster / fast) == pytest.approx(-0.7, abs=0.01)
    assert physics.viscosity(kelvin + 10, np.array([5e3])) < physics.viscosity(kelvin, np.array([5e3]))


def test_volume_shrinks_under_pressure_and_grows_with_heat():
    """Tait: the table value without pressure, C ln(1 + p / B) less with it, no jump at the transition."""
    at_rest = physics.specific_volume(np.array([0.0]), np.array([373.0]))
    pressed = physics.specific_volume(np.array([1.6e8]), np.array([373.0]))

    assert at_rest == pytest.approx(9.9e-4)
    assert pressed == pytest.approx(9.9e-4 * (1 - 0.0894 * np.log(2)))
    assert physics.specific_volume(np.array([0.0]), np.array([373.0001])) == pytest.approx(at_rest, rel=1e-6)
    low, high = physics.shrinkage(np.array([1e7, 4e7]), np.array([373.0, 373.0]))
    assert 0 < high < low < 0.01


def test_cooling_follows_the_first_term_of_fouriers_series():
    """After s² / (π² a) seconds an e-th of 8/π² is left."""
    wait = np.array([0.002**2 / (np.pi**2 * 8e-8)])
    left = physics.middle_temperature(np.array([500.0]), np.array([330.0]), wait)
    assert left == pytest.approx(330 + 170 * 8 / np.pi**2 / np.e)


def test_degradation_obeys_arrhenius():
    """The logarithm of the rate falls by E / R over 1 / T."""
    cold, hot = (physics.degraded(np.array([t]), np.array([1e-3]))[0] for t in (500.0, 520.0))
    assert np.log(hot / cold) == pytest.approx(160e3 / 8.314 * (1 / 500 - 1 / 520), rel=1e-6)


def test_air_of_twenty_degrees_holds_twenty_three_hectopascals_of_water():
    """Magnus' formula against the table of saturated vapour."""
    assert physics.vapour_pressure(np.array([20.0]), np.array([100.0])) == pytest.approx(23.37, rel=0.005)
    assert physics.vapour_pressure(np.array([20.0]), np.array([50.0])) == pytest.approx(11.69, rel=0.005)


def test_wear_and_pressure_are_proportional():
    """Archard: twice the load, twice the depth; Hagen–Poiseuille: twice the viscosity, twice the pressure."""
    assert physics.wear(np.array(2.0), np.array(10.0)) == 2 * physics.wear(np.array(1.0), np.array(10.0))
    assert physics.filling_pressure(np.array(90.0), np.array(5e3)) == 2 * physics.filling_pressure(
        np.array(45.0), np.array(5e3)
    )
