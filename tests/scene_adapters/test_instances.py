from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scene_adapters.instances import instance_boxes, numbered, of_objects, with_boxes
from schemas.errors import SceneError
from schemas.scenes import Instance
from tests.rooms import BOXES, two_rooms

SCENE = two_rooms()


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


def test_boxes_come_from_the_triangles() -> None:
    for instance, (_, _, _, low, high, _) in zip(SCENE.instances, BOXES, strict=True):
        np.testing.assert_allclose([instance.low, instance.high], [low, high], atol=1e-6)


def test_an_instance_without_faces_has_no_box_and_keeps_the_one_it_came_with() -> None:
    extra = Instance(len(SCENE.instances) + 1, "ghost", "objects", (1.0, 1.0, 1.0), (2.0, 2.0, 2.0), None)
    assert np.isnan(instance_boxes(SCENE.mesh, extra.id)[-1]).all()
    assert with_boxes((*SCENE.instances, extra), SCENE.mesh)[-1] == extra


def test_boxes_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="not there"):
        instance_boxes(SCENE.mesh, len(SCENE.instances) - 1)
    with pytest.raises(ValueError, match="not there"):
        instance_boxes(replace(SCENE.mesh, vertices=SCENE.mesh.vertices[:-1]), len(SCENE.instances))
