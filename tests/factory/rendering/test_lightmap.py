from __future__ import annotations

import numpy as np
import pytest

from factory.rendering.lightmap import INSET, LIFT, Layout, lay_out, lit_sides, place_nodes, texture_coordinates
from scene_adapters.procedural.home import home
from schemas.arrays import Float64

SCENE = home(1, "small")


@pytest.fixture(scope="module")
def layout() -> Layout:
    return lay_out(SCENE, 1, np.random.default_rng(0))


def corners_of(layout: Layout) -> Float64:
    return layout.mesh.vertices[layout.mesh.triangles].astype(np.float64)


def test_every_matt_triangle_finds_light_and_glass_needs_none(layout: Layout) -> None:
    clear = np.array([m.transmission >= 0.99 or m.metallic >= 0.99 for m in layout.mesh.materials])
    clear = clear[layout.mesh.material]
    gridded, spotted = layout.host >= 0, (layout.spot >= 0).all(axis=(1, 2))
    assert (gridded ^ spotted)[~clear].all()
    assert not (gridded | spotted)[clear].any()
    assert (layout.grid_of[layout.host[gridded]] >= 0).any(axis=1).all()


def test_cutting_keeps_the_surface_and_what_it_belongs_to(layout: Layout) -> None:
    def area(corners: Float64) -> float:
        sides = corners[:, 1:] - corners[:, :1]
        return float(np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum())

    before = area(SCENE.mesh.vertices[SCENE.mesh.triangles].astype(np.float64))
    assert area(corners_of(layout)) == pytest.approx(before, rel=1e-5)
    assert np.array_equal(layout.mesh.instance, SCENE.mesh.instance[layout.parent])


def test_grids_and_their_gutters_do_not_overlap(layout: Layout) -> None:
    grids = place_nodes(layout, 0.1).grids
    taken = np.zeros(grids.shape, np.int32)
    for (x, y), (columns, rows) in zip(grids.corner, grids.nodes, strict=True):
        taken[y : y + rows, x : x + columns] += 1
    assert taken.max() == 1
    assert taken[0, 0] == 0, "the first texel is nobody's, and dark"
    assert taken.sum() == grids.nodes.prod(axis=1).sum()


def test_points_lie_just_over_their_piece_and_keep_off_its_rim(layout: Layout) -> None:
    nodes = place_nodes(layout, 0.1)
    chart = nodes.grids.chart[nodes.owner.reshape(-1)[nodes.texel]]
    charts = layout.charts
    offset = nodes.points.position - charts.origin[chart]
    height = np.einsum("ij,ij->i", offset, nodes.points.normal)
    assert height == pytest.approx(np.full(len(height), LIFT), abs=0.005)
    for axis, extent in ((charts.across, charts.extent[:, 0]), (charts.along, charts.extent[:, 1])):
        along = np.einsum("ij,ij->i", offset, axis[chart])
        inwards = np.minimum(along, extent[chart] - along)
        assert (inwards > 0.9 * INSET).mean() > 0.98
        assert inwards.min() > -INSET, "but for the tips of pointed pieces"


def test_the_nodes_beside_one_lie_a_step_from_it_on_its_own_grid(layout: Layout) -> None:
    nodes = place_nodes(layout, 0.1)
    beside = nodes.beside()
    assert beside.shape == (len(nodes.texel), 8)
    one, k = np.nonzero(beside >= 0)
    other = beside[one, k]
    owner = nodes.owner.reshape(-1)[nodes.texel]
    assert (owner[one] == owner[other]).all()
    step = np.stack(np.divmod(nodes.texel[one], nodes.owner.shape[1])) - np.stack(
        np.divmod(nodes.texel[other], nodes.owner.shape[1])
    )
    assert (np.abs(step).max(axis=0) == 1).all()
    pairs = np.stack([one, other], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert np.array_equal(np.unique(pairs, axis=0), np.unique(pairs[:, ::-1], axis=0)), "of each other"
    assert (np.bincount(one) == 8).any()


def test_a_corner_looks_up_the_node_that_lies_there(layout: Layout) -> None:
    nodes = place_nodes(layout, 0.1)
    rows, columns = nodes.grids.shape
    place = np.full((rows * columns, 3), np.nan)
    place[nodes.texel] = nodes.points.position
    texel = texture_coordinates(layout, nodes) * (columns, rows) - 0.5
    own = np.flatnonzero((layout.host == layout.charts.chart) & ~layout.hidden[layout.host])
    side = (layout.grid_of[layout.host[own]][:, 0] < 0) ^ layout.charts.turned[own]
    at = np.rint(texel[own, :, side.astype(int)]).astype(np.int64)
    found = place[at[..., 1] * columns + at[..., 0]]
    away = np.linalg.norm(found - corners_of(layout)[own], axis=-1)
    assert np.nanmax(away) < 0.1 / np.sqrt(2) + 2 * INSET
    assert np.isfinite(away).mean() > 0.99


def test_spots_lie_beside_the_corners_they_light(layout: Layout) -> None:
    spotted = np.flatnonzero((layout.spot >= 0).all(axis=(1, 2)))
    for side in (0, 1):
        away = layout.spots.position[layout.spot[spotted, :, side]] - corners_of(layout)[spotted]
        assert np.linalg.norm(away, axis=-1).max() < 0.2
    assert np.linalg.norm(layout.spots.normal, axis=1) == pytest.approx(1.0, abs=1e-6)


def test_the_light_of_metal_and_glass_is_the_dark_texel(layout: Layout) -> None:
    nodes = place_nodes(layout, 0.2)
    without = texture_coordinates(layout, nodes)[layout.host < 0] * nodes.grids.shape[::-1]
    assert without == pytest.approx(np.full(without.shape, 0.5), abs=1e-3)


def test_finer_grids_have_more_nodes(layout: Layout) -> None:
    fine, coarse = place_nodes(layout, 0.05), place_nodes(layout, 0.2)
    assert len(fine.texel) > 4 * len(coarse.texel)
    assert np.array_equal(fine.grids.chart, coarse.grids.chart)


def test_only_sides_that_can_be_seen_have_light_of_their_own(layout: Layout) -> None:
    lit, corners = lit_sides(layout), corners_of(layout)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    floors = np.isin(layout.mesh.instance, [thing.id for thing in SCENE.instances if thing.category == "floor"])
    up = floors & (normal[:, 2] > 0.9 * area)
    assert area[up & lit[:, 0]].sum() > 0.95 * area[up].sum()
    assert area[up & lit[:, 1]].sum() < 0.05 * area[up].sum()
    metal = np.array([material.metallic >= 0.99 for material in layout.mesh.materials])[layout.mesh.material]
    assert not lit[metal].any()
