from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scene_adapters.procedural.placement import YAW_AT, Block, floor_before, hanging, mounted, stood, stretched, tops
from scene_adapters.procedural.rectangles import Rectangle, sides
from scene_adapters.procedural.shapes import Piece, Top, box, moved, standing

CHEST = standing(
    "chest",
    "furniture",
    [box("wood", (-0.5, -0.2, 0), (0.5, 0.2, 0.8))],
    tops=[Top((-0.5, -0.2), (0.5, 0.2), 0.8), Top((-0.4, -0.2), (0.4, 0.2), 0.3)],
)


def corners(r: Rectangle) -> tuple[float, float, float, float]:
    return r.x0, r.y0, r.x1, r.y1


def test_blocks_meet_only_where_all_three_extents_do() -> None:
    block = Block(Rectangle(0, 0, 1, 1), 0, 1)
    assert block.meets(Block(Rectangle(0.9, 0.9, 2, 2), 0.9, 2))
    assert not block.meets(Block(Rectangle(0.9, 0.9, 2, 2), 1.0, 2))
    assert not block.meets(Block(Rectangle(1.0, 0.9, 2, 2), 0.5, 2))


def test_a_quarter_turn_swaps_width_and_depth() -> None:
    placed = stood("chest", CHEST, 3, 4, 0, math.pi / 2)
    assert corners(placed.block.footprint) == pytest.approx((2.8, 3.5, 3.2, 4.5))
    assert (placed.block.low, placed.block.high) == pytest.approx((0, 0.8))


def test_a_mounted_piece_stands_out_from_its_wall_and_a_hanging_one_down() -> None:
    on_wall = mounted("chest", CHEST, 3, 4, 1.2, math.pi)
    assert corners(on_wall.block.footprint) == pytest.approx((2.5, 3.6, 3.5, 4.0))
    assert (on_wall.block.low, on_wall.block.high) == pytest.approx((1.2, 2.0))
    below = hanging("chest", CHEST, 3, 4, 2.5)
    assert (below.block.low, below.block.high) == pytest.approx((1.7, 2.5))


def test_what_stands_against_a_side_looks_into_the_room() -> None:
    room = Rectangle(0, 0, 4, 3)
    for side in sides(room):
        x, y = side.point((side.low + side.high) / 2, 0.2)
        ahead = stood("chest", CHEST, x, y, 0, YAW_AT[side.axis, side.inward]).ahead(0, 1)
        assert ahead == pytest.approx(side.point((side.low + side.high) / 2, 1.2))


def test_the_floor_before_a_piece_is_as_deep_as_asked() -> None:
    area = floor_before(stood("chest", CHEST, 0, 0, 0, 0), 0.6)
    assert corners(area) == pytest.approx((-0.49, 0.205, 0.49, 0.805))


def test_a_top_below_another_has_the_room_between_them() -> None:
    upper, lower = tops(stood("chest", CHEST, 1, 1, 0, 0))
    assert upper[1:] == pytest.approx((0.8, math.inf))
    assert lower[1:] == pytest.approx((0.3, 0.47))
    assert corners(lower[0]) == pytest.approx((0.6, 0.8, 1.4, 1.2))


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-7, 7))
def test_the_block_of_a_placed_piece_holds_all_its_vertices(x: float, y: float, yaw: float) -> None:
    placed = stood("chest", CHEST, x, y, 0.0, yaw)
    world: Piece = moved(CHEST, x, y, 0.0, yaw)
    block = placed.block
    for part in world.parts:
        low, high = part.vertices.min(axis=0), part.vertices.max(axis=0)
        assert block.footprint.grown(1e-4).contains(Rectangle(*map(float, (low[0], low[1], high[0], high[1]))))
        assert block.low - 1e-4 <= low[2] <= high[2] <= block.high + 1e-4


def test_a_stretched_piece_has_the_size_asked_for() -> None:
    piece = stretched(CHEST, 2.0, 0.4)
    vertices = piece.parts[0].vertices
    assert (vertices.max(axis=0) - vertices.min(axis=0)).tolist() == pytest.approx([2.0, 0.4, 0.4])
    assert piece.size == pytest.approx((2.0, 0.4, 0.4))
