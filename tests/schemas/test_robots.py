"""Robots: bodies that cannot be are refused."""

from __future__ import annotations

import pytest

from schemas.robots import Body


def test_a_body_is_kept_as_given():
    assert Body(0.25, 1.5, 0.1, 0.5).radius == 0.25


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((0.0, 1, 0.1, 0.5), "radius"), ((0.2, 0.1, 0.1, 0.5), "step_height"), ((0.2, 1, 0.1, 1.6), "max_slope")],
)
def test_an_impossible_body_is_refused(numbers, words):
    with pytest.raises(ValueError, match=words):
        Body(*numbers)
