from __future__ import annotations

import numpy as np
import pytest

from schemas.arrays import triple


def test_three_values_become_plain_numbers_in_their_order() -> None:
    values = triple(np.array([1.5, -2.0, 0.0]))
    assert values == (1.5, -2.0, 0.0)
    assert [type(value) for value in values] == [float] * 3


@pytest.mark.parametrize("count", [0, 2, 4])
def test_a_point_of_more_or_fewer_values_is_none(count: int) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        triple(np.zeros(count))
