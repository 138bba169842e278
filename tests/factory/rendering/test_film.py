from __future__ import annotations

import numpy as np
import pytest

from factory.rendering.film import FILTER, RAYS, develop, ray_offsets, tap_weights
from factory.rendering.textures import to_srgb
from schemas.arrays import Float32


def layers(values: Float32) -> Float32:
    """Every ray of a pixel meets the same grey: (H, W) → (RAYS, H, W, 3)."""
    return np.ascontiguousarray(np.broadcast_to(values[:, :, None], (RAYS, *values.shape, 3)), np.float32)


def test_the_first_ray_is_the_pixels_centre_and_all_are_as_far_apart_as_can_be() -> None:
    offsets = ray_offsets()
    assert offsets[0].tolist() == [0, 0]
    around = np.array([[du, dv] for du in (-1, 0, 1) for dv in (-1, 0, 1)])
    everywhere = (offsets[:, None] + around).reshape(-1, 2)
    away = np.linalg.norm(everywhere[:, None] - offsets, axis=2)
    # A square lattice of five points a pixel: neighbours at 1 / √5.
    assert away[away > 1e-9].min() == pytest.approx(1 / np.sqrt(5))


def test_taps_are_as_wide_as_the_blackman_harris_window() -> None:
    weights, away = tap_weights(), ray_offsets()[:, None, :] + np.array([-1, 0, 1])[:, None]
    assert weights.sum() == pytest.approx(1)
    # Variance of a₀ + Σ aₖ cos 2πkt over −½..½: 1/12 + Σ (−1)ᵏ aₖ / (2π²k² a₀) = 0.01918.
    across, down = weights.sum(axis=1), weights.sum(axis=2)
    assert (across * away[:, :, 0] ** 2).sum() == pytest.approx(0.01918 * FILTER**2, rel=0.01)
    assert (down * away[:, :, 1] ** 2).sum() == pytest.approx(0.01918 * FILTER**2, rel=0.01)
    assert (across * away[:, :, 0]).sum() == pytest.approx(0, abs=0.01)


def test_an_even_colour_stays_up_to_the_rim() -> None:
    for grey in (0.0, 0.001, 0.2140, 0.5, 1.0):
        shown = develop(layers(np.full((4, 7), grey, np.float32)), tap_weights())
        assert (shown == to_srgb(np.array(grey))).all()


@pytest.mark.parametrize("turned", [False, True])
def test_one_bright_pixel_shows_the_weights_around_it(turned: bool) -> None:
    values = np.zeros((5, 6), np.float32)
    values[2, 3] = 1
    made = layers(values)
    if turned:
        made[1:] = 0  # only the centre's ray of that pixel
    shown = develop(made, tap_weights())
    taps = tap_weights()[:1] if turned else tap_weights()
    for dv in (-1, 0, 1):
        for du in (-1, 0, 1):
            expected = to_srgb(taps[:, 1 - dv, 1 - du].sum())
            assert abs(int(shown[2 + dv, 3 + du, 0]) - int(expected)) <= 1
    assert shown[:, 0].max() == 0


def test_light_brighter_than_white_is_cut_after_the_mean_and_not_before() -> None:
    dark = layers(np.zeros((3, 3), np.float32))
    dark[0] = 4.0  # one ray in five, weighing `share`
    share = float(tap_weights()[0].sum())
    assert develop(dark, tap_weights())[1, 1, 0] == to_srgb(np.array(4 * share))


def test_every_shade_is_as_exact_as_eight_bits_are() -> None:
    values = np.linspace(-0.1, 1.1, 4000, dtype=np.float32).reshape(1, -1)
    only = np.zeros((RAYS, 3, 3), np.float32)
    only[:, 1, 1] = 1 / RAYS
    difference = develop(layers(values), only)[:, :, 0].astype(int) - to_srgb(values)
    assert np.abs(difference).max() <= 1
    assert (difference == 0).mean() > 0.98


def test_a_colour_that_is_no_number_is_black() -> None:
    assert develop(layers(np.full((3, 3), np.nan, np.float32)), tap_weights()).max() == 0
