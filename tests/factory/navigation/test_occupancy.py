from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from factory.navigation.certificate import needed_value
from factory.navigation.esdf import signed_distance
from factory.navigation.occupancy import Grid, Slab, frame, narrow_gaps, occupancy, slab_of
from factory.navigation.surfaces import check_mesh
from schemas.arrays import Bool, Float32, Int32
from schemas.errors import SceneError
from schemas.robots import Body
from tests.factory.navigation.flats import STAIRWELL, STOREY, Box, Flat, box_mesh, random_flat, truth

BODY = Body(0.25, 1.5, 0.1, math.radians(30))
FLOOR: Box = ((0.0, 0.0, -0.1), (6.0, 4.0, 0.0))


def _mesh(*solids: Box) -> tuple[Float32, Int32]:
    return Flat(solids=[FLOOR, *solids]).mesh()


def _free(mesh: tuple[Float32, Int32], body: Body = BODY, resolution: float = 0.05) -> tuple[Bool, Grid]:
    slab = slab_of(*mesh, 0.0, body.max_slope, (body.step_height, max(body.height, 1.8)))
    grid = frame(slab, resolution, 10**7)
    return occupancy(slab, grid, body), grid


def _at(free: Bool, grid: Grid, x: float, y: float) -> bool:
    return bool(free[int((y - grid.origin[1]) / grid.resolution), int((x - grid.origin[0]) / grid.resolution)])


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.0123, -0.0317)])
@pytest.mark.parametrize("resolution", [0.05, 0.02])
def test_a_two_storey_flat_agrees_with_its_boxes_cell_by_cell(resolution: float, shift: tuple[float, float]) -> None:
    flat = random_flat(np.random.default_rng(5), 14, 10, storeys=2, stairwell=True)
    vertices, triangles = flat.mesh(shift=shift)
    for level in (0, 1):
        slab = slab_of(vertices, triangles, level * STOREY, BODY.max_slope, (BODY.step_height, 1.8))
        grid = frame(slab, resolution, 10**7)
        origin = (grid.origin[0] - shift[0], grid.origin[1] - shift[1])
        free = occupancy(slab, grid, BODY)
        obstacle, open_floor = truth(flat, level, BODY.step_height, BODY.height, origin, resolution, free.shape)
        assert not (free & obstacle).any()
        assert np.count_nonzero(open_floor & ~free) <= 0.001 * np.count_nonzero(open_floor)


def test_no_cell_over_a_stairwell_counts_as_floor() -> None:
    flat = random_flat(np.random.default_rng(3), 14, 10, storeys=2, stairwell=True)
    slab = slab_of(*flat.mesh(), STOREY, BODY.max_slope, (BODY.step_height, 1.8))
    grid = frame(slab, 0.05, 10**7)
    free = occupancy(slab, grid, BODY)
    x0, y0, x1, y1 = (round((edge - grid.origin[k % 2]) / 0.05) for k, edge in enumerate(STAIRWELL))
    assert not free[y0:y1, x0:x1].any()
    assert free.any()


def test_finer_triangles_change_nothing() -> None:
    flat = random_flat(np.random.default_rng(1), 8, 6)
    assert (_free(flat.mesh())[0] == _free(flat.mesh(edge=0.07))[0]).all()


def test_a_leg_thinner_than_a_cell_blocks() -> None:
    free, grid = _free(_mesh(((2.01, 2.01, 0.0), (2.02, 2.02, 0.7))))
    assert not _at(free, grid, 2.015, 2.015)
    assert _at(free, grid, 2.2, 2.015)


def test_a_wall_of_a_single_sheet_on_a_round_coordinate_blocks() -> None:
    vertices, triangles = _mesh()
    wall = np.array([[3, 0, 0], [3, 4, 0], [3, 4, 2.5], [3, 0, 2.5]], dtype=np.float32)
    quad = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32) + len(vertices)
    free, grid = _free((np.concatenate([vertices, wall]), np.concatenate([triangles, quad])))
    assert not any(_at(free, grid, 3.0, y) for y in np.arange(0.1, 3.9, 0.05))
    assert _at(free, grid, 2.9, 2.0)
    assert _at(free, grid, 3.1, 2.0)


def test_a_low_bed_blocks_and_a_high_table_is_passed_under_by_a_low_robot() -> None:
    bed: Box = ((1.0, 1.0, 0.0), (3.0, 2.5, 0.45))
    table: Box = ((4.0, 1.0, 0.70), (5.5, 2.0, 0.75))
    low = Body(0.25, 0.6, 0.1, 0.5)
    for body, under_table in ((BODY, False), (low, True)):
        free, grid = _free(_mesh(bed, table), body)
        assert not _at(free, grid, 2.0, 1.7)
        assert _at(free, grid, 4.7, 1.5) == under_table


def test_what_a_step_climbs_is_no_obstacle_and_what_it_does_not_is() -> None:
    for height, passes in ((0.09, True), (0.10, True), (0.12, False)):
        free, grid = _free(_mesh(((2.0, 1.0, 0.0), (3.0, 3.0, height))))
        assert _at(free, grid, 2.5, 2.0) == passes


def test_a_gentle_ramp_is_floor_and_a_steep_one_is_not() -> None:
    for slope_deg, walkable in ((8.0, True), (45.0, False)):
        rise = 0.09
        run = rise / math.tan(math.radians(slope_deg))
        vertices = np.array([[0, 0, 0], [3, 0, 0], [3, 4, 0], [0, 4, 0]], dtype=np.float32)
        upper = np.array([[3 + run, 0, rise], [3 + run, 4, rise], [7, 0, rise], [7, 4, rise]], dtype=np.float32)
        triangles = [[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2], [4, 6, 7], [4, 7, 5]]
        # Widened to a cell or more, so that its middle is asked about.
        body = Body(0.25, 1.5, 0.1, math.radians(30))
        slab = slab_of(
            np.concatenate([vertices, upper]), np.array(triangles, np.int32), 0.0, body.max_slope, (0.1, 1.8)
        )
        grid = frame(slab, 0.02, 10**7)
        assert _at(slab.support(grid), grid, 3 + run / 2, 2.0) == walkable


@pytest.mark.parametrize("angle_deg", [0.0, 27.0, 45.0])
def test_a_gap_between_floor_sheets_under_a_doorway_is_bridged(angle_deg: float) -> None:
    """As in 3D-FRONT: the sheets stop 0.3 m apart, where the wall stands, and the opening has no floor."""
    rooms: list[Box] = [((0, 0, -0.001), (3, 4, 0)), ((3.3, 0, -0.001), (6.3, 4, 0))]
    skins: list[Box] = [((x, a, 0), (x + 0.001, b, 2.5)) for x in (3.0, 3.299) for a, b in ((0.0, 1.5), (2.4, 4.0))]
    vertices, triangles = Flat(solids=[*rooms, *skins]).mesh()
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    free, grid = _free(((vertices @ turn.T).astype(np.float32), triangles))
    for x in np.arange(2.5, 3.8, 0.02):
        assert _at(free, grid, *(turn @ [x, 1.95, 0])[:2])
    assert not _at(free, grid, *(turn @ [3.15, 0.7, 0])[:2])
    assert not _at(free, grid, *(turn @ [3.15, 3.2, 0])[:2])


@pytest.mark.parametrize("size", [0.5, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("angle_deg", [0.0, 30.0])
def test_a_real_hole_is_not_bridged_not_even_in_its_corners(size: float, angle_deg: float) -> None:
    low, high = 3 - size / 2, 3 + size / 2
    pieces: list[Box] = [
        ((0, 0, -0.1), (6, low, 0)), ((0, high, -0.1), (6, 6, 0)),
        ((0, low, -0.1), (low, high, 0)), ((high, low, -0.1), (6, high, 0)),
    ]  # fmt: skip
    vertices, triangles = Flat(solids=pieces).mesh()
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    free, grid = _free(((vertices @ turn.T).astype(np.float32), triangles))
    inside = np.arange(low + 0.02, high - 0.02, 0.02)  # the tip of a turned corner may prick a cell
    assert not any(_at(free, grid, *(turn @ [x, y, 0])[:2]) for x in inside for y in inside)
    assert _at(free, grid, *(turn @ [low - 0.2, 3, 0])[:2])


def test_narrow_gaps_are_those_with_floor_on_both_sides() -> None:
    floor = np.zeros((20, 30), dtype=bool)
    floor[5:15, 3:10] = True
    floor[5:15, 14:20] = True
    bridged = narrow_gaps(floor, ~floor, 0.1)
    assert bridged[10, 10:14].all()
    assert not bridged[10, 20:].any()
    assert not bridged[:4].any()


@pytest.mark.parametrize("body", [BODY, Body(0.2, 0.5, 0.1, 0.5)])
def test_the_inside_of_hollow_furniture_is_not_free(body: Body) -> None:
    wardrobe: Box = ((1.0, 1.0, 0.0), (2.3, 1.6, 2.0))
    bed: Box = ((3.0, 1.0, 0.0), (4.9, 2.8, 0.52))
    free, grid = _free(_mesh(wardrobe, bed), body)
    assert not _at(free, grid, 1.6, 1.3)
    assert not _at(free, grid, 4.0, 2.0)
    assert _at(free, grid, 2.6, 1.3)


def test_outliers_far_away_do_not_stretch_the_grid() -> None:
    vertices, triangles = _mesh()
    stray = np.array([[900, 900, 0], [900.3, 900, 0], [900, 900.3, 0], [-700, 3, 5], [-700, 4, 5], [-700, 3, 6]])
    vertices = np.concatenate([vertices, stray.astype(np.float32)])
    extra = np.arange(6, dtype=np.int32).reshape(2, 3) + len(vertices) - 6
    _, grid = _free((vertices, np.concatenate([triangles, extra])))
    assert grid.rows * grid.cols < 150 * 150


def test_two_wings_of_floor_far_apart_both_stay() -> None:
    free, grid = _free(_mesh(((20.0, 0.0, -0.1), (24.0, 4.0, 0.0))))
    assert _at(free, grid, 3.0, 2.0)
    assert _at(free, grid, 22.0, 2.0)


def test_a_grid_over_the_cap_is_an_error_that_says_what_to_do() -> None:
    vertices, triangles = Flat(solids=[((0, 0, -0.1), (2000, 2000, 0))]).mesh(edge=1e9)
    slab = slab_of(vertices, triangles, 0.0, 0.5, (0.1, 1.8))
    with pytest.raises(SceneError, match=r"1.6e\+09 cells at 0.05 m; the cap is 1e\+08.*coarser resolution"):
        frame(slab, 0.05, 10**8)


def test_a_height_without_floor_is_an_error() -> None:
    with pytest.raises(SceneError, match="no floor at z = 1.00 m"):
        frame(slab_of(*_mesh(), 1.0, 0.5, (0.1, 1.8)), 0.05, 10**6)


def test_degenerate_triangles_are_neither_floor_nor_a_fault() -> None:
    vertices, triangles = _mesh()
    vertices = np.concatenate([vertices, np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0], [2, 2, 0], [3, 3, 0]], np.float32)])
    n = len(vertices) - 5
    odd = np.array([[n, n + 1, n + 2], [n, n + 3, n + 4]], dtype=np.int32)
    free, grid = _free((vertices, np.concatenate([triangles, odd])))
    assert _at(free, grid, 1.0, 1.0)


@pytest.mark.parametrize(
    ("vertices", "triangles", "message"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3), int), "empty"),
        (np.zeros((3, 3)), np.zeros((0, 3), int), "empty"),
        (np.full((3, 3), np.nan), [[0, 1, 2]], "NaN"),
        (np.full((3, 3), np.inf), [[0, 1, 2]], "NaN or infinite"),
        (np.zeros((3, 3)), [[0, 1, 3]], "indices"),
        (np.zeros((3, 3)), [[0, 1, -1]], "indices"),
        (np.zeros((3, 2)), [[0, 1, 2]], r"expected \(n, 3\)"),
        (np.zeros((3, 3)), [[0, 1, 2, 0]], r"expected \(n, 3\)"),
    ],
)
def test_a_mesh_that_cannot_be_used_is_refused(vertices: Float32, triangles: Int32, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        check_mesh(vertices, triangles)


def test_box_meshes_close() -> None:
    """The generator itself: every edge of a box's mesh belongs to two triangles."""
    vertices, triangles = box_mesh(np.zeros(3), np.array([1.0, 2.0, 3.0]), 0.6)
    points = {tuple(np.round(v, 6)) for v in vertices}
    named = {point: k for k, point in enumerate(sorted(points))}
    index = np.array([named[tuple(np.round(v, 6))] for v in vertices])[triangles]
    edges = np.sort(np.concatenate([index[:, [0, 1]], index[:, [1, 2]], index[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_an_empty_slab_blocks_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int32)
    slab = Slab(*_mesh(), 0.0, nothing, nothing)
    assert not slab.blocked(Grid((0.0, 0.0), 0.1, 5, 5), 0.1, 1.0).any()


def _assembled_home(rooms: tuple[int, int], edge: float, gap: float) -> tuple[Float32, Int32]:
    """As 3D-FRONT assembles homes: floor sheets that stop at the walls, walls of two skins `gap` apart without caps,
    and openings with no reveal. `rooms` in x and y, each `edge` square, a door in the middle of every wall between.
    """
    solids: list[Box] = []
    pitch, half = edge + gap, 0.45
    for i in range(rooms[0]):
        for j in range(rooms[1]):
            x, y = i * pitch, j * pitch
            solids.append(((x, y, -1e-4), (x + edge, y + edge, 0.0)))
            middle = edge / 2
            for at, inner in ((x, i > 0), (x + edge, i < rooms[0] - 1)):
                parts = [(0.0, middle - half), (middle + half, edge)] if inner else [(0.0, edge)]
                solids += [((at - 5e-4, y + a, 0.0), (at + 5e-4, y + b, 2.6)) for a, b in parts]
            for at, inner in ((y, j > 0), (y + edge, j < rooms[1] - 1)):
                parts = [(0.0, middle - half), (middle + half, edge)] if inner else [(0.0, edge)]
                solids += [((x + a, at - 5e-4, 0.0), (x + b, at + 5e-4, 2.6)) for a, b in parts]
    return Flat(solids=solids).mesh()


@pytest.mark.parametrize("gap", [0.1, 0.2, 0.28, 0.35])
@pytest.mark.parametrize("resolution", [0.05, 0.03])
def test_every_room_with_a_door_is_reached_in_an_assembled_home(gap: float, resolution: float) -> None:
    edge = 3.1
    free, grid = _free(_assembled_home((3, 2), edge, gap), resolution=resolution)
    standing = signed_distance(free, resolution) >= needed_value(0.25, resolution)
    islands, count = ndimage.label(standing)
    centres = [(i * (edge + gap) + edge / 2, j * (edge + gap) + edge / 2) for i in range(3) for j in range(2)]
    cells = [(int((y - grid.origin[1]) / resolution), int((x - grid.origin[0]) / resolution)) for x, y in centres]
    assert count == 1
    assert all(islands[cell] == 1 for cell in cells)


def test_nothing_between_the_skins_of_a_wall_is_free() -> None:
    edge, gap = 3.1, 0.28
    free, grid = _free(_assembled_home((2, 1), edge, gap))
    inside_wall = [(edge + gap / 2, y) for y in (0.3, 0.7, 2.3, 2.8)]
    assert not any(_at(free, grid, x, y) for x, y in inside_wall)
