from __future__ import annotations

import numpy as np
import pytest

from factory.rendering.quasirandom import spread, strides


def test_the_steps_solve_the_equations_of_the_sequences() -> None:
    # 1 / φ, with φ³ = φ + 1 in two dimensions and φ⁴ = φ + 1 in three; then its powers.
    for dimensions in (2, 3):
        ratio = 1 / strides(dimensions)[0]
        assert ratio ** (dimensions + 1) == pytest.approx(ratio + 1)
        assert strides(dimensions) == pytest.approx([ratio**-k for k in range(1, dimensions + 1)])


def test_the_first_place_is_the_middle_and_each_further_one_a_step_on() -> None:
    places = spread(2, 3)
    assert places[:, 0].tolist() == [0.5, 0.5]
    assert places[:, 1] == pytest.approx([0.2548777, 0.0698403], abs=1e-6)
    assert places[:, 2] == pytest.approx([0.0097553, 0.6396806], abs=1e-6)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("count", [128, 256])
def test_places_fill_a_square_and_a_cube_evenly(dimensions: int, count: int) -> None:
    places = spread(dimensions, count)
    assert places.shape == (dimensions, count)
    assert places.min() >= 0
    assert places.max() < 1
    boxes = np.ravel_multi_index(tuple((2 * places).astype(int)), (2,) * dimensions)
    share = np.bincount(boxes, minlength=2**dimensions) / count
    assert share == pytest.approx(np.full(2**dimensions, 2.0**-dimensions), abs=0.05)


def test_places_do_not_depend_on_how_many_are_asked_for() -> None:
    assert np.array_equal(spread(3, 50)[:, :20], spread(3, 20))
