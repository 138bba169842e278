from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.instances import numbered, of_objects
from schemas.errors import SceneError


def test_objects_become_instances_from_1_in_order_of_their_numbers() -> None:
    known = {7: ("sofa", "sofa", 2), 1_000_000_007: ("lamp", "lighting", None)}
    instances, ids = numbered(np.array([7, -1, 1_000_000_007, 7, 3]), known.get, "a.ply")
    assert [(i.id, i.label, i.category, i.room) for i in instances] == [
        (1, "sofa", "sofa", 2),
        (2, "lamp", "lighting", None),
    ]
    assert ids.tolist() == [1, 0, 2, 1, 0] and ids.dtype == np.uint16


def test_more_objects_than_a_mask_can_tell_apart_are_refused() -> None:
    with pytest.raises(SceneError, match=r"a\.ply: more than 65535"):
        numbered(np.arange(70_000), lambda _: ("box", "objects", None), "a.ply")


def test_a_value_is_asked_once_an_object_however_large_its_number() -> None:
    asked: list[int] = []

    def value_of(number: int) -> int:
        asked.append(number)
        return number % 10

    assert of_objects(np.array([2**31 - 1, 5, 5, -3]), value_of).tolist() == [7, 5, 5, 7]
    assert asked == [-3, 5, 2**31 - 1]
