from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.columns import CEILING, FLOOR, WALL, indoor_bounds, level, level_columns, structure
from scene_adapters.meshes import extent
from schemas.arrays import Float32, Int32
from tests.rooms import two_rooms

HOME = two_rooms().mesh


def sheet(x: float, y: float, z: float, size: float) -> tuple[Float32, Int32]:
    corners = np.array([[x, y, z], [x + size, y, z], [x + size, y + size, z], [x, y + size, z]], np.float32)
    return corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def together(*sheets: tuple[Float32, Int32]) -> tuple[Float32, Int32]:
    vertices = np.concatenate([corners for corners, _ in sheets])
    triangles = np.concatenate([faces + 4 * number for number, (_, faces) in enumerate(sheets)])
    return vertices, triangles.astype(np.int32)


def test_level_is_within_26_degrees() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0.4], [0, 1, 0.6], [0, 0, 1]], np.float32)
    triangles = np.array([[0, 1, 2], [2, 1, 0], [0, 1, 3], [0, 1, 4], [0, 1, 5]], np.int32)
    assert level(vertices, triangles).tolist() == [True, True, True, False, False]


def test_a_room_is_a_gap_between_two_sheets() -> None:
    vertices, triangles = together(sheet(0, 0, 0, 4), sheet(0, 0, 0.7, 1), sheet(0, 0, 2.5, 4))
    columns = level_columns(vertices, triangles, extent(vertices))
    cells = columns.cell[:-1][columns.gap]
    assert len(cells) == 64 - 4  # 64 columns of 0.5 m; under the table's 4 there are 0.7 and 1.8 m
    assert columns.centres(cells).min() == pytest.approx(0.25) and columns.centres(cells).max() == pytest.approx(3.75)


def test_a_building_without_labels_is_split_into_floor_ceiling_and_wall() -> None:
    found = structure(HOME.vertices, HOME.triangles)
    corners = HOME.vertices[HOME.triangles]
    flat = np.ptp(corners[..., 2], axis=1) < 1e-6
    at = corners[:, 0, 2]
    assert (found[flat & (np.abs(at) < 0.01) & (HOME.instance <= 2)] == FLOOR).all()
    assert (found[flat & (np.abs(at - 2.6) < 0.01) & (HOME.instance == 3)] == CEILING).all()
    assert (found[~flat] == WALL).all()


def test_a_sheet_between_two_storeys_counts_as_floor() -> None:
    vertices, triangles = together(sheet(0, 0, 0, 4), sheet(0, 0, 2.6, 4), sheet(0, 0, 5.2, 4))
    assert structure(vertices, triangles).tolist() == [FLOOR, FLOOR, FLOOR, FLOOR, CEILING, CEILING]


def test_without_rooms_all_is_wall_and_nothing_is_indoors() -> None:
    vertices, triangles = sheet(0, 0, 0, 4)
    assert structure(vertices, triangles).tolist() == [WALL, WALL]
    assert indoor_bounds(vertices, triangles, extent(vertices)) is None


def test_what_has_a_roof_bounds_the_indoors_with_a_margin_of_1_m() -> None:
    street, shelter = sheet(20, 0, 0, 9), (sheet(40, 0, 0, 1), sheet(40, 0, 2.5, 1))
    vertices, triangles = together(sheet(0, 0, 0, 4), sheet(0, 0, 2.5, 4), street, *shelter)
    bounds = indoor_bounds(vertices, triangles, extent(vertices))
    assert bounds is not None
    np.testing.assert_allclose(bounds, [[-1, -1], [5, 5]], atol=0.51)


def test_a_mesh_of_many_kilometres_has_no_columns() -> None:
    vertices, triangles = together(sheet(0, 0, 0, 4), sheet(9e6, 9e6, 2.5, 4))
    assert len(level_columns(vertices, triangles, extent(vertices)).cell) == 0
