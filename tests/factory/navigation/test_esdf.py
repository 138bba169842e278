from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from factory.navigation.esdf import lookup_gradient, sample, signed_distance
from schemas.arrays import Bool, Float64


def _reference(free: Bool) -> Float64:
    """The same field from scipy's transform of either side, in cells."""
    out = ndimage.distance_transform_edt(free) - 0.5
    other = ndimage.distance_transform_edt(~free) - 0.5
    return np.asarray(np.where(free, out, -other))


def test_one_blocked_cell_in_the_middle_gives_distances_by_hand() -> None:
    free = np.ones((5, 5), dtype=bool)
    free[2, 2] = False
    esdf = signed_distance(free, 0.1)
    assert esdf.dtype == np.float32
    assert esdf[2, 2] == pytest.approx(-0.05)
    assert esdf[2, 3] == pytest.approx(0.05)
    assert esdf[2, 4] == pytest.approx(0.15)
    assert esdf[0, 0] == pytest.approx(np.sqrt(8) * 0.1 - 0.05)


@settings(max_examples=60)
@given(arrays(bool, st.tuples(st.integers(2, 24), st.integers(2, 24))))
def test_any_grid_agrees_with_scipy_within_a_ten_thousandth_of_a_cell(free: Bool) -> None:
    if free.all() or not free.any():
        return
    assert np.abs(signed_distance(free, 1.0) - _reference(free)).max() < 1e-4


def test_a_large_sparse_grid_agrees_with_scipy() -> None:
    free = np.random.default_rng(0).random((300, 500)) > 0.002
    assert np.abs(signed_distance(free, 1.0) - _reference(free)).max() < 1e-4


@pytest.mark.parametrize("kind", [True, False])
def test_a_grid_of_one_kind_is_far_from_the_other_everywhere(kind: bool) -> None:
    esdf = signed_distance(np.full((4, 6), kind), 0.5)
    assert (esdf == (5.0 if kind else -5.0)).all()


def test_lookup_is_exact_at_centres_and_linear_between() -> None:
    free = np.random.default_rng(1).random((12, 9)) > 0.3
    esdf = signed_distance(free, 0.2)
    centres = np.array([[1.0 + (c + 0.5) * 0.2, 2.0 + (r + 0.5) * 0.2] for r in range(12) for c in range(9)])
    assert sample(esdf, (1.0, 2.0), 0.2, centres) == pytest.approx(esdf.ravel().astype(float))
    halfway = sample(esdf, (1.0, 2.0), 0.2, np.array([[1.0 + 1.0 * 0.2, 2.0 + 0.5 * 0.2]]))
    assert halfway[0] == pytest.approx((float(esdf[0, 0]) + float(esdf[0, 1])) / 2)


def test_the_gradient_is_the_derivative_of_the_lookup() -> None:
    generator = np.random.default_rng(2)
    esdf = signed_distance(generator.random((20, 20)) > 0.1, 0.05)
    for _ in range(200):
        x, y = generator.uniform(0.05, 0.95, 2)
        if min((x / 0.05 - 0.5) % 1, (y / 0.05 - 0.5) % 1) < 0.01:
            continue
        step = 1e-6
        value, dx, dy = lookup_gradient(esdf, 0.0, 0.0, 0.05, x, y)
        right = lookup_gradient(esdf, 0.0, 0.0, 0.05, x + step, y)[0]
        up = lookup_gradient(esdf, 0.0, 0.0, 0.05, x, y + step)[0]
        assert ((right - value) / step, (up - value) / step) == pytest.approx((dx, dy), abs=1e-3)


def test_beyond_the_grid_the_field_falls_by_the_distance_to_it() -> None:
    esdf = np.full((4, 4), 1.0, dtype=np.float32)
    inside, outside, corner = sample(esdf, (0.0, 0.0), 1.0, np.array([[2.0, 2.0], [6.5, 2.0], [6.5, 7.5]]))
    assert inside == pytest.approx(1.0)
    assert outside == pytest.approx(1.0 - 3.0)
    assert corner == pytest.approx(1.0 - 5.0)
