"""The sun rises and sets when it should, reddens on its way, and nights are dark but not black."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.rendering.daylight import daylight


@pytest.mark.parametrize(
    ("hour", "elevation", "turn"),
    [
        (12.0, 55.0, 0.0),
        (6.0, 0.0, -90.0),
        (18.0, 0.0, 90.0),
        # sin(elevation) = cos 35° · cos 45°; tan(turn) = sin 45° / (sin 35° · cos 45°).
        (15.0, 35.3964, 60.1627),
        (0.0, -55.0, -180.0),
    ],
)
def test_the_sun_is_where_an_equinox_at_35_degrees_puts_it(hour: float, elevation: float, turn: float) -> None:
    day = daylight(hour)
    assert math.degrees(day.elevation) == pytest.approx(elevation, abs=1e-3)
    assert abs(math.degrees(day.turn)) == pytest.approx(abs(turn), abs=1e-3)


def test_a_low_sun_is_weaker_and_redder_and_one_that_is_down_gives_nothing() -> None:
    noon, evening = daylight(12.0).sun, daylight(17.5).sun
    assert (evening < noon).all()
    assert evening[0] / evening[2] > 3 * noon[0] / noon[2]
    assert daylight(18.5).sun.tolist() == [0, 0, 0]
    # Sea level air at 30° has nearly twice the mass of that overhead: exp(−τ · (1.994 − 1.5)).
    at_30 = 12 + math.degrees(math.acos(math.sin(math.radians(30)) / math.cos(math.radians(35)))) / 15
    assert daylight(at_30).sun == pytest.approx(np.exp(-np.array([0.12, 0.20, 0.38]) * 0.494), rel=1e-3)


def test_the_sky_dims_towards_night_and_turns_blue() -> None:
    brightness = [daylight(hour).sky.mean() for hour in (12, 15, 17, 18, 18.4, 19, 21)]
    assert brightness == sorted(brightness, reverse=True)
    assert 0 < brightness[-1] < 0.01 * brightness[0]
    dusk = daylight(18.4).sky
    assert dusk[2] > 1.5 * dusk[0]


@given(st.floats(0, 24))
def test_any_hour_has_a_finite_sky_that_no_noon_outshines(hour: float) -> None:
    day = daylight(hour)
    assert np.isfinite(day.sun).all()
    assert np.isfinite(day.sky).all()
    assert (day.sky > 0).all()
    assert day.sky.max() <= 1.2
    assert day.sun.max() <= 1.2
    assert (day.sun == 0).all() == (day.elevation <= 0)
