"""From room to room, and what is a doorway."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from captioning.passages import passages, stays
from schemas.scenes import Room, Scene
from tests.rooms import two_rooms
from tests.views import scene_of_boxes, walk

SCENE = two_rooms()
OUT = walk(SCENE, [(2.0, 1.0), (4.0, 2.0), (6.5, 2.0)])


def open_plan(gap: float) -> Scene:
    """Two rooms of a hall 4 m wide, parted at x = 4 by walls that leave `gap` metres."""
    half = gap / 2
    walls = [
        ((-0.1, -2.1, 0.0), (8.1, -2.0, 2.5)), ((-0.1, 2.0, 0.0), (8.1, 2.1, 2.5)),
        ((3.95, -2.0, 0.0), (4.05, -half, 2.5)), ((3.95, half, 0.0), (4.05, 2.0, 2.5)),
    ]  # fmt: skip
    boxes = [("floor", "floor", (0.0, -2.0, -0.1), (8.0, 2.0, 0.0))]
    boxes += [("wall", "wall", low, high) for low, high in walls if low[1] < high[1]]
    halves = [((0, -2), (4, -2), (4, 2), (0, 2)), ((4, -2), (8, -2), (8, 2), (4, 2))]
    rooms = tuple(Room(i + 1, name, 0, halves[i]) for i, name in enumerate(("kitchen", "dining")))
    return scene_of_boxes(boxes, rooms)


def test_rooms_are_told_in_the_order_of_the_walk() -> None:
    assert [stay.name for stay in stays(SCENE.rooms, OUT)] == ["living room", "bedroom"]
    back = walk(SCENE, [(6.5, 2.0), (4.0, 2.0), (2.0, 1.0)])
    assert [stay.name for stay in stays(SCENE.rooms, back)] == ["bedroom", "living room"]


def test_a_passage_is_at_the_first_frame_in_the_new_room() -> None:
    (passage,) = passages(SCENE, OUT)
    assert OUT.room[passage.frame] == 2
    assert OUT.room[passage.frame - 1] == 1


@pytest.mark.parametrize(
    "corners", [[(2.0, 2.0), (7.0, 2.0)], [(7.0, 2.3), (3.0, 1.7)], [(3.0, 1.2), (4.4, 2.0), (6.0, 2.8)]]
)
def test_a_doorway_is_found_straight_and_askew_both_ways(corners: list[tuple[float, float]]) -> None:
    for way in (corners, corners[::-1]):
        (passage,) = passages(SCENE, walk(SCENE, way))
        assert passage.doorway


@pytest.mark.parametrize(("gap", "doorway"), [(0.9, True), (1.5, True), (2.4, False), (4.0, False)])
def test_only_a_narrow_gap_between_walls_is_a_doorway(gap: float, doorway: bool) -> None:
    scene = open_plan(gap)
    (passage,) = passages(scene, walk(scene, [(1.0, 0.0), (7.0, 0.0)]))
    assert (passage.leaves.name, passage.enters.name) == ("kitchen", "dining room")
    assert passage.doorway is doorway


def test_a_narrow_corridor_from_room_to_room_is_no_doorway() -> None:
    boxes = [
        ("floor", "floor", (0.0, -0.6, -0.1), (8.0, 0.6, 0.0)),
        ("wall", "wall", (0.0, 0.6, 0.0), (8.0, 0.7, 2.5)),
        ("wall", "wall", (0.0, -0.7, 0.0), (8.0, -0.6, 2.5)),
    ]
    halves = [((0, -1), (4, -1), (4, 1), (0, 1)), ((4, -1), (8, -1), (8, 1), (4, 1))]
    scene = scene_of_boxes(boxes, tuple(Room(i + 1, "hall", 0, halves[i]) for i in range(2)))
    (passage,) = passages(scene, walk(scene, [(1.0, 0.0), (7.0, 0.0)]))
    assert not passage.doorway


def test_a_corner_of_a_room_that_is_only_cut_is_no_stay() -> None:
    room = np.array(OUT.room)
    room[40:44] = 2
    assert len(stays(SCENE.rooms, replace(OUT, room=room))) == 2


def test_frames_in_no_known_room_part_nothing() -> None:
    room = np.array(OUT.room)
    room[20:40] = 0
    room[10:12] = 77
    assert [stay.name for stay in stays(SCENE.rooms, replace(OUT, room=room))] == ["living room", "bedroom"]


def test_without_rooms_there_are_no_passages() -> None:
    assert passages(SCENE, replace(OUT, room=np.zeros_like(OUT.room))) == ()
