from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scene_adapters.procedural.shapes import (
    Lamp,
    Part,
    Piece,
    Top,
    box,
    cylinder,
    disc,
    extrusion,
    facing,
    fitted,
    hanging,
    lathe,
    merged,
    mirrored,
    mounted,
    moved,
    pillow,
    rounded_box,
    sheet,
    standing,
    superellipsoid,
    tilted,
    tube,
)
from tests.scene_adapters.procedural.surfaces import areas, box_of, is_closed, uv_areas, volume

_LOW, _HIGH = (-0.4, -0.3, 0.1), (0.6, 0.5, 0.5)
_FLAT = np.stack(np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 2, 7), [0.3], indexing="ij"), axis=-1)[:, :, 0]

SOLIDS: dict[str, Callable[[], Part]] = {
    "box": lambda: box("wood", _LOW, _HIGH),
    "plain box": lambda: box("wood", _LOW, _HIGH, 0.0),
    "rounded box": lambda: rounded_box("wood", _LOW, _HIGH, 0.08),
    "rounded box, finer": lambda: rounded_box("wood", _LOW, _HIGH, 0.08, 4),
    "rounded box, coarse": lambda: rounded_box("wood", _LOW, _HIGH, 0.08, 1),
    "superellipsoid": lambda: superellipsoid("wood", _LOW, _HIGH, 5.0),
    "pillow": lambda: pillow("wood", 0.5, 0.4, 0.15),
    "sheet": lambda: sheet("wood", _FLAT, 0.004),
    "cylinder": lambda: cylinder("wood", (0, 0, 0), (0.3, 0.2, 0.9), 0.1),
    "taper": lambda: cylinder("wood", (0, 0, 0), (0, 0, 1), 0.1, 0.05, 4),
    "disc": lambda: disc("wood", (0, 0, 0.2), 0.4, 0.03),
    "disc without bevel": lambda: disc("wood", (0, 0, 0.2), 0.4, 0.03, 0.0),
    "tube": lambda: tube("wood", [(0, 0, 0), (0, 0, 1), (0.4, 0, 1.4), (0.4, 0.5, 1.4)], 0.05),
    "lathe": lambda: lathe("wood", [(0.1, 0), (0.2, 0.1), (0.05, 0.4)]),
    "hollow lathe": lambda: lathe("wood", [(0.2, 0), (0.1, 0.3), (0.09, 0.3), (0.19, 0)], hollow=True),
    "extrusion": lambda: extrusion("wood", [(0, 0), (1, 0), (1, 0.4), (0.3, 1)], -0.2, 0.3),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_every_solid_is_closed_and_wound_outwards_without_slivers(name: str) -> None:
    part = SOLIDS[name]()
    assert is_closed(part)
    assert volume(part) > 0
    assert areas(part).min() > 1e-8
    assert np.array_equal(np.unique(part.triangles), np.arange(len(part.vertices)))


@pytest.mark.parametrize("name", SOLIDS)
def test_every_solid_has_the_stated_types_and_carries_its_finish(name: str) -> None:
    part = SOLIDS[name]()
    assert part.vertices.dtype == np.float32 and part.triangles.dtype == np.int32 and part.uv.dtype == np.float32
    assert part.vertices.shape[1:] == (3,) and part.triangles.shape[1:] == (3,)
    assert part.uv.shape == (len(part.triangles), 3, 2)
    assert part.finish == "wood"


@pytest.mark.parametrize("name", SOLIDS)
def test_texture_runs_in_metres_along_every_triangle(name: str) -> None:
    # Projection along the axis a triangle faces most shrinks it by at most the cosine of 54.7°.
    part = SOLIDS[name]()
    ratio = uv_areas(part) / areas(part)
    assert ratio.min() > 1 / np.sqrt(3) - 1e-3
    assert ratio.max() < 1 + 1e-3


def test_a_box_spans_its_corners_and_a_chamfer_takes_little_off() -> None:
    part = box("wood", _LOW, _HIGH, 0.01)
    assert np.allclose(part.vertices.min(axis=0), _LOW) and np.allclose(part.vertices.max(axis=0), _HIGH)
    whole = 1.0 * 0.8 * 0.4
    # Twelve edges lose a prism of b²/2 each over their length; corners only change the third decimal of that.
    edges = 4 * (1.0 + 0.8 + 0.4) * 0.01**2 / 2
    assert volume(part) == pytest.approx(whole - edges, abs=1e-5)
    assert volume(box("wood", _LOW, _HIGH, 0.0)) == pytest.approx(whole, rel=1e-6)
    assert len(part.triangles) == 44


def test_a_chamfer_wider_than_the_board_is_held_back() -> None:
    part = box("wood", (0, 0, 0), (1, 1, 0.006), 0.05)
    assert is_closed(part) and areas(part).min() > 1e-9
    assert np.allclose(part.vertices.max(axis=0), (1, 1, 0.006))


def test_grain_runs_along_the_longest_side_of_every_face() -> None:
    part = box("wood", (0, 0, 0), (0.1, 0.2, 2.0), 0.0)
    upright = np.abs(part.vertices[part.triangles][:, :, 2] - 1).min(axis=1) > 0.99
    sides = ~upright | (np.ptp(part.vertices[part.triangles][:, :, 2], axis=1) > 1)
    assert np.allclose(part.uv[sides][..., 0], part.vertices[part.triangles][sides][..., 2])


def test_an_ellipsoid_has_the_volume_of_one() -> None:
    part = superellipsoid("wood", (-1, -0.5, -0.25), (1, 0.5, 0.25), 2.0, 24)
    assert volume(part) == pytest.approx(4 / 3 * np.pi * 1 * 0.5 * 0.25, rel=0.01)


def test_a_higher_exponent_fills_more_of_the_box() -> None:
    volumes = [volume(superellipsoid("wood", _LOW, _HIGH, e)) for e in (2.0, 4.0, 8.0)]
    assert volumes[0] < volumes[1] < volumes[2] < 0.32


def test_a_rounded_box_has_the_volume_of_a_box_swept_by_a_sphere() -> None:
    r, (a, b, c) = 0.1, (0.8, 0.6, 0.2)
    part = rounded_box("wood", (0, 0, 0), (a + 2 * r, b + 2 * r, c + 2 * r), r, 8)
    faces, edges = 2 * r * (a * b + b * c + c * a), np.pi * r**2 * (a + b + c)
    assert volume(part) == pytest.approx(a * b * c + faces + edges + 4 / 3 * np.pi * r**3, rel=0.003)


def test_a_cylinder_has_the_volume_of_a_prism_and_lies_between_its_ends() -> None:
    part = cylinder("wood", (0, 0, 1), (0, 0, 3), 0.5, segments=64)
    assert volume(part) == pytest.approx(np.pi * 0.25 * 2, rel=0.002)
    assert part.vertices[:, 2].min() == 1 and part.vertices[:, 2].max() == 3


def test_a_bent_tube_keeps_its_thickness_all_along() -> None:
    turn = np.linspace(0, np.pi, 60)
    part = tube("wood", [(float(np.cos(t)), float(np.sin(t)), 0.0) for t in turn], 0.05, 16)
    ring = part.vertices[:-2].reshape(60, 16, 3)
    spread = np.linalg.norm(ring - ring.mean(axis=1, keepdims=True), axis=2)
    assert np.allclose(spread, 0.05, atol=1e-4)


def test_a_hollow_lathe_encloses_only_its_wall() -> None:
    part = lathe("shade", [(0.2, 0), (0.2, 0.3), (0.19, 0.3), (0.19, 0)], 128, hollow=True)
    assert volume(part) == pytest.approx(np.pi * (0.2**2 - 0.19**2) * 0.3, rel=0.002)


def test_a_sheet_is_solid_and_as_thick_as_asked() -> None:
    part = sheet("wood", _FLAT, 0.004)
    assert np.ptp(part.vertices[:, 2]) == pytest.approx(0.004, abs=1e-6)
    assert volume(part) == pytest.approx(1 * 2 * 0.004, rel=1e-3)


def test_a_pillow_is_thick_in_the_middle_and_thin_at_its_seam() -> None:
    part = pillow("cushion.0", 0.5, 0.4, 0.15)
    middle = part.vertices[np.linalg.norm(part.vertices[:, :2], axis=1) < 0.05]
    rim = part.vertices[np.abs(part.vertices[:, 0]) > 0.24]
    assert np.ptp(middle[:, 2]) > 0.14
    assert np.ptp(rim[:, 2]) < 0.05


def test_an_extrusion_lies_along_its_axis() -> None:
    part = extrusion("wood", [(0, 0), (1, 0), (1, 2), (0, 2)], 3.0, 5.0, axis=1)
    assert np.allclose(part.vertices.min(axis=0), (0, 3, 0)) and np.allclose(part.vertices.max(axis=0), (1, 5, 2))
    assert volume(part) == pytest.approx(4.0)


@settings(max_examples=25)
@given(
    st.tuples(*[st.floats(0.004, 3)] * 3),
    st.floats(0, 0.2),
    st.integers(1, 3),
)
def test_boxes_of_any_proportion_stay_closed_and_inside(
    size: tuple[float, float, float], radius: float, segments: int
) -> None:
    for part in (box("wood", (0, 0, 0), size, radius), rounded_box("wood", (0, 0, 0), size, radius + 1e-3, segments)):
        assert is_closed(part) and volume(part) > 0
        assert (part.vertices >= -1e-6).all() and (part.vertices <= np.array(size) + 1e-6).all()


@settings(max_examples=25)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-1, 1), st.floats(-7, 7))
def test_moving_keeps_shape_and_texture(x: float, y: float, z: float, yaw: float) -> None:
    part = box("wood", _LOW, _HIGH)
    there = moved(part, x, y, z, yaw)
    assert volume(there) == pytest.approx(volume(part), rel=1e-3)
    assert np.array_equal(there.uv, part.uv)
    assert np.allclose(moved(moved(there, -x, -y, -z), yaw=-yaw).vertices, part.vertices, atol=1e-4)


def test_a_quarter_turn_takes_the_front_to_minus_x() -> None:
    there = moved(box("wood", (-0.1, 0.9, 0), (0.1, 1.0, 0.1)), yaw=np.pi / 2)
    assert there.vertices[:, 0].min() == pytest.approx(-1.0)
    assert there.vertices[:, 0].max() == pytest.approx(-0.9)


def test_moving_a_piece_takes_its_tops_and_lamps_along() -> None:
    piece = standing(
        "table",
        "table",
        [box("wood", (-1, -0.5, 0), (1, 0.5, 0.7))],
        [Top((-0.9, -0.4), (0.9, 0.4), 0.7)],
        [Lamp((0.9, 0.0, 1.0), (1, 1, 1), 10.0, 0.1)],
    )
    there = moved(piece, 5, 6, 1, np.pi / 2)
    assert there.tops[0].low == pytest.approx((4.6, 5.1)) and there.tops[0].high == pytest.approx((5.4, 6.9))
    assert there.tops[0].z == pytest.approx(1.7)
    assert there.lamps[0].position == pytest.approx((5.0, 6.9, 2.0))
    assert there.size == piece.size


@pytest.mark.parametrize("yaw", [0.3, 0.8, 2.5, -1.1])
def test_a_turned_top_stays_inside_the_turned_table(yaw: float) -> None:
    piece = moved(
        standing("table", "table", [box("wood", (-1, -0.5, 0), (1, 0.5, 0.7))], [Top((-1, -0.5), (1, 0.5), 0.7)]),
        yaw=yaw,
    )
    top = piece.tops[0]
    corners = np.array([(x, y) for x in (top.low[0], top.high[0]) for y in (top.low[1], top.high[1])])
    back = corners @ np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    assert (np.abs(back) <= np.array([1, 0.5]) + 1e-9).all()
    assert top.high[0] - top.low[0] > 0.4


def test_a_mirrored_solid_is_still_wound_outwards() -> None:
    part = mirrored(extrusion("wood", [(0, 0), (1, 0), (1, 0.4), (0.3, 1)], 0.2, 0.3))
    assert is_closed(part) and volume(part) > 0
    assert part.vertices[:, 0].max() == pytest.approx(-0.2)


def test_tilting_forwards_by_a_quarter_lays_the_top_on_plus_z_from_plus_y() -> None:
    part = tilted(box("wood", (0, 0, 0), (0.1, 1, 0.1)), np.pi / 2)
    assert part.vertices[:, 2].max() == pytest.approx(1.0)
    assert volume(part) == pytest.approx(volume(box("wood", (0, 0, 0), (0.1, 1, 0.1))), rel=1e-4)


def test_what_lay_face_up_stands_facing_forward() -> None:
    part = facing(box("wood", (0, 0, 0), (1, 2, 0.1)), 0.5, 1.0)
    assert np.allclose(part.vertices.min(axis=0), (-1, 0.5, 1.0)) and np.allclose(
        part.vertices.max(axis=0), (0, 0.6, 3.0)
    )
    assert volume(part) > 0


def test_a_fitted_image_is_seen_the_right_way_round() -> None:
    # Seen from +Y, right is −X: the image's lower left corner belongs at +X, low z.
    part = fitted(box("picture.0", (-1, 0, 0), (1, 0.01, 0.5), 0.0), 2.0, (-1, 0, 0), (0, 0, 1))
    corners = part.vertices[part.triangles].reshape(-1, 3)
    uv = part.uv.reshape(-1, 2)
    lower_left = (corners[:, 0] == 1) & (corners[:, 2] == 0)
    upper_right = (corners[:, 0] == -1) & (corners[:, 2] == 0.5)
    assert np.allclose(uv[lower_left], (0, 0)) and np.allclose(uv[upper_right], (2, 2))


def test_merging_gives_one_closed_part_a_finish_in_order() -> None:
    parts = merged([box("wood", _LOW, _HIGH), box("metal", _LOW, _HIGH), box("wood", (5, 5, 5), (6, 6, 6))])
    assert [part.finish for part in parts] == ["wood", "metal"]
    assert all(is_closed(part) for part in parts)
    assert volume(parts[0]) == pytest.approx(volume(box("wood", _LOW, _HIGH)) + 1.0, rel=1e-3)
    assert len(parts[0].uv) == len(parts[0].triangles) == 88


@pytest.mark.parametrize(
    ("place", "low"),
    [(standing, (-0.5, -0.4, 0.0)), (mounted, (-0.5, 0.0, 0.0)), (hanging, (-0.5, -0.4, -0.4))],
)
def test_pieces_are_put_at_their_origin(place: Callable[..., Piece], low: tuple[float, float, float]) -> None:
    piece = place("thing", "objects", [box("wood", _LOW, _HIGH)], [Top(_LOW[:2], _HIGH[:2], 0.5)])
    lowest, highest = box_of(piece)
    assert np.allclose(lowest, low, atol=1e-6) and np.allclose(highest - lowest, (1, 0.8, 0.4), atol=1e-6)
    assert piece.size == pytest.approx((1, 0.8, 0.4))
    top = piece.tops[0]
    assert (*top.low, top.z) == pytest.approx((low[0], low[1], low[2] + 0.4), abs=1e-6)


def test_parts_are_frozen() -> None:
    with pytest.raises(AttributeError):
        box("wood", _LOW, _HIGH).finish = "metal"  # type: ignore[misc]
    assert replace(box("wood", _LOW, _HIGH), finish="metal").finish == "metal"
