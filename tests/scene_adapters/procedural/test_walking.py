from __future__ import annotations

from scene_adapters.procedural.placement import Block
from scene_adapters.procedural.rectangles import Rectangle
from scene_adapters.procedural.walking import walkable

ROOM = Rectangle(0, 0, 4, 3)
WEST = Rectangle(0, 1, 0.8, 2)
EAST = Rectangle(3.2, 1, 4, 2)


def wall_with_gap(gap: float, low: float = 0.0, high: float = 2.0) -> list[Block]:
    """Across the room at x = 2, open over y 0..gap."""
    return [Block(Rectangle(1.9, gap, 2.1, 3), low, high)]


def test_an_empty_room_is_walkable_with_one_door_or_two() -> None:
    assert walkable(ROOM, [WEST], [])
    assert walkable(ROOM, [WEST, EAST], [])


def test_a_gap_of_a_metre_lets_one_through_and_one_of_half_a_metre_does_not() -> None:
    assert walkable(ROOM, [WEST, EAST], wall_with_gap(1.0))
    assert not walkable(ROOM, [WEST, EAST], wall_with_gap(0.5))


def test_rugs_and_what_hangs_overhead_are_no_obstacle() -> None:
    assert walkable(ROOM, [WEST, EAST], wall_with_gap(0.0, 0.0, 0.02))
    assert walkable(ROOM, [WEST, EAST], wall_with_gap(0.0, 1.9, 2.4))


def test_half_a_room_may_not_be_cut_off_even_from_a_single_door() -> None:
    assert not walkable(ROOM, [WEST], wall_with_gap(0.5))


def test_a_corner_may_be_cut_off() -> None:
    assert walkable(ROOM, [WEST], [Block(Rectangle(3.0, 0.9, 4, 1.1), 0, 1), Block(Rectangle(2.9, 0, 3.0, 1.1), 0, 1)])


def test_what_stands_in_the_door_blocks_it() -> None:
    assert not walkable(ROOM, [WEST, EAST], [Block(Rectangle(0.1, 1.2, 0.7, 1.8), 0, 1)])
