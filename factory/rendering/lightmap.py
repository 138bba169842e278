"""Where light is kept on a scene: a grid of texels on each flat piece, and one spot at each corner of the rest.

Texels lie on the nodes of a grid that reaches from rim to rim, so no look-up needs a texel of another piece.
What is narrow or curved is cut fine and takes its light at its corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from factory.rendering.charts import Charts, find_charts, weld
from factory.rendering.points import Points
from factory.rendering.tessellation import tessellate
from factory.rendering.visibility import seen_sides
from schemas.arrays import Bool, Float32, Float64, Int32, Int64
from schemas.scenes import Mesh, Scene

BROAD = 0.12  # a piece as wide as this, metres, has a grid even where its neighbours continue its curve
NARROW = 0.02  # a piece narrower than this, metres, has none of its own
BEVEL_COSINE = 0.6  # between the normals of a piece and of a narrow one that takes its light
SPOT_EDGE = 0.15  # longest edge of what has none, metres
LIFT = 0.001  # of the points over the surface, metres
INSET = 0.009  # of the points from the rim of a piece, where another solid may stand, metres
ATLAS_WIDTH = 2048
GUTTER = 1  # texels around a grid that go on as its edge does, for look-ups that miss it by a rounding error
CREASE = 0.75  # cosine of a corner's normals to their mean below which they are lit apart


@dataclass(frozen=True)
class Grids:
    """Rectangles of one atlas, r of them, each a grid of nodes over one side of a chart.

    chart : (r,) int64; back : (r,) bool; nodes : (r, 2) int64, columns and rows; corner : (r, 2) int64, column and row
    shape : rows and columns of the atlas; its first texel belongs to none and stays dark
    """

    chart: Int64
    back: Bool
    nodes: Int64
    corner: Int64
    shape: tuple[int, int]


@dataclass(frozen=True)
class Nodes:
    """The nodes of all grids whose light some look-up needs, n of them.

    owner : (H, W) int32, the grid of each texel of the atlas, −1 where none is needed
    texel : (n,) int64, their places in the flat atlas; points : where they lie on the surface
    """

    grids: Grids
    owner: Int32
    texel: Int64
    points: Points

    def frames(self) -> Int32:
        """(H, W) int32: the grid that has a texel, or in whose gutter it lies; −1 for none."""
        image = np.full(self.owner.shape, -1, np.int32)
        _frames_kernel(self.grids.nodes, self.grids.corner, image)
        return image

    def beside(self) -> Int32:
        """(n, 8) int32: the nodes around each on its grid, −1 where there is none."""
        number = np.full(self.owner.size, -1, np.int32)
        number[self.texel] = np.arange(len(self.texel))
        return np.asarray(_beside_kernel(self.texel, number.reshape(self.owner.shape), self.owner))

    def image(self, values: Float32) -> Float32:
        """`values` (n, k) in their places, (H, W, k), zero elsewhere."""
        image = np.zeros((self.owner.size, values.shape[1]), values.dtype)
        image[self.texel] = values
        return image.reshape(*self.owner.shape, -1)


@dataclass(frozen=True)
class Layout:
    """A scene's surface, cut where needed, and where each side of each triangle finds its light.

    parent : (m,) int32, triangles of the scene's mesh; charts : of `mesh`
    host : (m,) int64, the chart in whose grid a triangle's light lies, or −1
    grid_of : (c, 2) int64, grid of a chart's front and back, −1 where it has none; hidden : (c,) bool, seen by nobody
    spot : (m, 3, 2) int64, of each corner's front and back, −1 where a grid has the light or none is needed
    spots : position and normal of the spots
    """

    mesh: Mesh
    parent: Int32
    charts: Charts
    host: Int64
    grid_of: Int64
    hidden: Bool
    spot: Int64
    spots: Points


def lay_out(scene: Scene, threads: int, random: np.random.Generator) -> Layout:
    """Grids and spots for all that is matt, on the sides that can be seen."""
    matt = np.array([m.transmission < 0.99 and m.metallic < 0.99 for m in scene.mesh.materials])[scene.mesh.material]
    seen = seen_sides(scene.mesh, threads, random)
    host = _hosts(find_charts(scene.mesh), seen)
    mesh, parent = tessellate(scene.mesh, np.where((host >= 0) | ~matt, np.inf, SPOT_EDGE))
    charts, seen, matt = find_charts(mesh), seen[parent], matt[parent]
    host = np.where(matt, _hosts(charts, seen), -1)
    spot, spots = _spots(mesh, charts, (host < 0) & matt, seen)
    return Layout(mesh, parent.astype(np.int32), charts, host, *_grids_of(charts, host, seen), spot, spots)


def _hosts(charts: Charts, seen: Bool) -> Int64:
    """The chart (m,) whose grid has a triangle's light, −1 for none: its own, or for a bevel that of what it bevels."""
    width = charts.extent.min(axis=1)
    broad = charts.flat & (width >= np.where(charts.bent, BROAD, NARROW))
    shown = np.zeros(len(broad), np.bool_)
    shown[charts.chart[seen.any(axis=1)]] = True
    host = np.where(broad[charts.chart], charts.chart, -1)
    pairs = np.concatenate([charts.pairs, charts.pairs[:, ::-1]])
    for _ in range(3):
        fitting = shown[host[pairs[:, 1]]] | ~seen[pairs[:, 0]].any(axis=1)
        offered = pairs[(host[pairs[:, 0]] < 0) & (host[pairs[:, 1]] >= 0) & fitting]
        fits = _bevels(charts, offered[:, 0], host[offered[:, 1]])
        host[offered[fits, 0]] = host[offered[fits, 1]]
    return host


def _bevels(charts: Charts, triangle: Int64, chart: Int64) -> Bool:
    """Whether each triangle (n,) lies within NARROW of the rectangle of a chart (n,) and faces much as it does."""
    cosine = np.abs(np.einsum("ni,ni->n", charts.normal[charts.chart[triangle]], charts.normal[chart]))
    x, y, off = _in_chart(charts, triangle, chart)
    width, height = charts.extent[chart].T[:, :, None]
    beyond = np.maximum(np.maximum(-x, x - width), np.maximum(-y, y - height))
    return np.asarray((np.maximum(beyond, np.abs(off)) < NARROW).all(axis=1) & (cosine > BEVEL_COSINE))


def _in_chart(charts: Charts, triangle: Int64, chart: Int64) -> tuple[Float64, Float64, Float64]:
    """Corners of each triangle (n,) in the axes of a chart (n,): three arrays (n, 3), metres."""
    own = charts.chart[triangle]
    x, y = charts.local[triangle].transpose(2, 0, 1)[..., None]
    place = charts.origin[own][:, None] + x * charts.across[own][:, None] + y * charts.along[own][:, None]
    offset = place - charts.origin[chart][:, None]
    axes = (charts.across, charts.along, charts.normal)
    along = [np.einsum("nki,ni->nk", offset, axis[chart]) for axis in axes]
    return along[0], along[1], along[2]


def _grids_of(charts: Charts, host: Int64, seen: Bool) -> tuple[Int64, Bool]:
    """Numbers of the grids (c, 2): of the sides that are seen, or of the front where none is; and where none is."""
    count = len(charts.extent)
    wanted = np.zeros((count, 2), np.bool_)
    gridded = host == charts.chart
    for side in (0, 1):
        own = np.where(charts.turned, 1 - side, side)
        np.logical_or.at(wanted, (charts.chart[gridded], own[gridded]), seen[gridded, side])
    hosting = np.zeros(count, np.bool_)
    hosting[host[host >= 0]] = True
    hidden = hosting & ~wanted.any(axis=1)
    wanted[hidden, 0] = True
    return np.where(wanted, np.cumsum(wanted.reshape(-1)).reshape(count, 2) - 1, -1), hidden


def _pack_grids(layout: Layout, texel: float) -> Grids:
    """All grids with nodes at most `texel` metres apart, on shelves of one atlas, the highest first."""
    chart, back = np.nonzero(layout.grid_of >= 0)
    steps = np.ceil(layout.charts.extent[chart] / texel).astype(np.int64)
    nodes = np.where(layout.hidden[chart][:, None], 1, np.maximum(steps, 1)) + 1
    width = max(ATLAS_WIDTH, int(nodes[:, 0].max(initial=0)) + 2 * GUTTER)
    corner = np.empty_like(nodes)
    rows = _pack_kernel(nodes, np.argsort(-nodes[:, 1], kind="stable"), width, corner)
    return Grids(chart, back.astype(np.bool_), nodes, corner, (rows, width))


@njit(cache=True)
def _frames_kernel(nodes: Int64, corner: Int64, image: Int32) -> None:
    for g in range(len(nodes)):
        x, y = corner[g]
        image[max(y - GUTTER, 0) : y + nodes[g, 1] + GUTTER, max(x - GUTTER, 0) : x + nodes[g, 0] + GUTTER] = g


@njit(cache=True)
def _beside_kernel(texel: Int64, number: Int32, owner: Int32) -> Int32:
    height, width = owner.shape
    found = np.full((len(texel), 8), -1, np.int32)
    for i in range(len(texel)):
        y, x = texel[i] // width, texel[i] % width
        k = 0
        for v in range(max(y - 1, 0), min(y + 2, height)):
            for u in range(max(x - 1, 0), min(x + 2, width)):
                if owner[v, u] == owner[y, x] and (u != x or v != y):
                    found[i, k] = number[v, u]
                    k += 1
    return found


@njit(cache=True)
def _pack_kernel(nodes: Int64, order: Int64, width: int, corner: Int64) -> int:
    column, row, high = 1, 0, 1
    for k in order:
        across, up = nodes[k, 0] + 2 * GUTTER, nodes[k, 1] + 2 * GUTTER
        if column + across > width:
            column, row, high = 0, row + high, 0
        corner[k] = column + GUTTER, row + GUTTER
        column += across
        high = max(high, up)
    return row + high


def place_nodes(layout: Layout, texel: float) -> Nodes:
    """The nodes of all grids, at most `texel` metres apart.

    A node outside its piece stands for the nearest place in it; all keep off the rim.
    """
    grids = _pack_grids(layout, texel)
    charts, grid_of = layout.charts, layout.grid_of
    spacing = charts.extent[grids.chart] / (grids.nodes - 1)
    local = np.full((*grids.shape, 2), np.nan)
    owner = np.full(grids.shape, -1, np.int32)
    used = np.flatnonzero(layout.host == charts.chart)
    _nodes_kernel(charts.local[used], grid_of[charts.chart[used]], spacing, grids.nodes, grids.corner, local, owner)
    rim = charts.rim[(layout.host == charts.chart)[charts.rim[:, 0]]]
    corners = np.stack([charts.local[rim[:, 0], (rim[:, 1] + k) % 3] for k in range(3)], axis=1)
    _inset_kernel(corners, grid_of[charts.chart[rim[:, 0]]], spacing, grids.nodes, grids.corner, local)
    needed = np.flatnonzero(owner.reshape(-1) >= 0)
    grid = owner.reshape(-1)[needed]
    chart = grids.chart[grid]
    normal = charts.normal[chart] * np.where(grids.back[grid], -1.0, 1.0)[:, None]
    x, y = local.reshape(-1, 2)[needed].T[:, :, None]
    position = charts.origin[chart] + x * charts.across[chart] + y * charts.along[chart] + LIFT * normal
    return Nodes(grids, owner, needed, Points(position, normal))


@njit(cache=True)
def _closest(px: float, py: float, corners: Float64) -> tuple[float, float]:
    """The point of a triangle (3, 2) that is nearest to (px, py)."""
    turn = 0.0
    inside = True
    best, x, y = np.inf, px, py
    for k in range(3):
        ax, ay = corners[k]
        bx, by = corners[(k + 1) % 3]
        ex, ey = bx - ax, by - ay
        cross = ex * (py - ay) - ey * (px - ax)
        if cross * turn < 0:
            inside = False
        if cross != 0:
            turn = cross
        share = ((px - ax) * ex + (py - ay) * ey) / max(ex * ex + ey * ey, 1e-18)
        share = min(max(share, 0.0), 1.0)
        qx, qy = ax + share * ex, ay + share * ey
        squared = (qx - px) ** 2 + (qy - py) ** 2
        if squared < best:
            best, x, y = squared, qx, qy
    if inside:
        return px, py
    return x, y


@njit(cache=True)
def _nodes_kernel(
    local: Float64, grid_of: Int64, spacing: Float64, nodes: Int64, corner: Int64, place: Float64, owner: Int32
) -> None:
    """Write into `place` (H, W, 2) where each node within one step of a triangle lies, and whose it is."""
    for t in range(len(local)):
        for side in range(2):
            g = grid_of[t, side]
            if g < 0:
                continue
            dx, dy = spacing[g]
            first_x = max(int(np.ceil(local[t, :, 0].min() / dx - 0.999)), 0)
            first_y = max(int(np.ceil(local[t, :, 1].min() / dy - 0.999)), 0)
            last_x = min(int(np.floor(local[t, :, 0].max() / dx + 0.999)), nodes[g, 0] - 1)
            last_y = min(int(np.floor(local[t, :, 1].max() / dy + 0.999)), nodes[g, 1] - 1)
            for j in range(first_y, last_y + 1):
                for i in range(first_x, last_x + 1):
                    x, y = _closest(i * dx, j * dy, local[t])
                    away = max(abs(x - i * dx) / dx, abs(y - j * dy) / dy)
                    if away >= 0.999:
                        continue
                    row, column = corner[g, 1] + j, corner[g, 0] + i
                    kx, ky = place[row, column]
                    if (
                        owner[row, column] < 0
                        or (x - i * dx) ** 2 + (y - j * dy) ** 2 < (kx - i * dx) ** 2 + (ky - j * dy) ** 2
                    ):
                        owner[row, column] = g
                        place[row, column, 0], place[row, column, 1] = x, y


@njit(cache=True)
def _inset_kernel(
    corners: Float64, grid_of: Int64, spacing: Float64, nodes: Int64, corner: Int64, place: Float64
) -> None:
    """Move what lies on an edge of the rim (its two ends and the corner opposite) inwards by INSET."""
    for e in range(len(corners)):
        ax, ay = corners[e, 0]
        ex, ey = corners[e, 1, 0] - ax, corners[e, 1, 1] - ay
        length = max(np.sqrt(ex * ex + ey * ey), 1e-12)
        ex, ey = ex / length, ey / length
        nx, ny = -ey, ex
        if (corners[e, 2, 0] - ax) * nx + (corners[e, 2, 1] - ay) * ny < 0:
            nx, ny = -nx, -ny
        for side in range(2):
            g = grid_of[e, side]
            if g < 0:
                continue
            dx, dy = spacing[g]
            first_x = max(int(np.floor(corners[e, :2, 0].min() / dx)) - 1, 0)
            first_y = max(int(np.floor(corners[e, :2, 1].min() / dy)) - 1, 0)
            last_x = min(int(np.ceil(corners[e, :2, 0].max() / dx)) + 1, nodes[g, 0] - 1)
            last_y = min(int(np.ceil(corners[e, :2, 1].max() / dy)) + 1, nodes[g, 1] - 1)
            for row in range(corner[g, 1] + first_y, corner[g, 1] + last_y + 1):
                for column in range(corner[g, 0] + first_x, corner[g, 0] + last_x + 1):
                    x, y = place[row, column, 0] - ax, place[row, column, 1] - ay
                    off, on = x * nx + y * ny, x * ex + y * ey
                    if -1e-6 <= off < INSET and -INSET <= on <= length + INSET:
                        place[row, column, 0] += (INSET - off) * nx
                        place[row, column, 1] += (INSET - off) * ny


def texture_coordinates(layout: Layout, nodes: Nodes) -> Float32:
    """Where each corner's front and back finds its light, (m, 3, 2, 2) float32, in 0..1 from the atlas's first texel.

    Sides without a grid of their own use the other's; triangles without any use the dark texel.
    """
    charts, host, grids = layout.charts, layout.host, nodes.grids
    x, y, _ = _in_chart(charts, np.arange(len(host)), np.maximum(host, 0))
    turned = _is_turned(layout)
    share = np.clip(np.stack([x, y], axis=-1) / charts.extent[host][:, None], 0, 1)
    result = np.empty((len(host), 3, 2, 2), np.float32)
    for side in (0, 1):
        own = np.where(turned, 1 - side, side)
        grid = layout.grid_of[host, own]
        grid = np.where(grid >= 0, grid, layout.grid_of[host, 1 - own])
        at = share * (grids.nodes[grid] - 1)[:, None] + grids.corner[grid][:, None] + 0.5
        at[host < 0] = 0.5
        result[:, :, side] = at / np.array(grids.shape[::-1])
    return result


def lit_sides(layout: Layout) -> Bool:
    """(m, 2) bool: whether the front and the back of each triangle have light of their own."""
    turned, host = _is_turned(layout), layout.host
    own = np.stack([np.where(turned, 1 - side, side) for side in (0, 1)], axis=1)
    gridded = (layout.grid_of[host[:, None], own] >= 0) & ~layout.hidden[host][:, None]
    return np.where(host[:, None] >= 0, gridded, layout.spot[:, 0] >= 0)


def _is_turned(layout: Layout) -> Bool:
    """(m,) bool: whether each triangle's front is the back of the chart in whose grid its light lies."""
    charts, host = layout.charts, layout.host
    facing = np.einsum("mi,mi->m", charts.normal[charts.chart], charts.normal[host])
    return np.asarray(charts.turned ^ (facing < 0))


def _spots(mesh: Mesh, charts: Charts, spotted: Bool, seen: Bool) -> tuple[Int64, Points]:
    """A spot for each smooth corner and side, and where it is: a little off the corner, where no other solid touches.

    A side that nobody sees takes the other's spot.
    """
    if not spotted.any():
        nothing = np.zeros((0, 3))
        return np.full((len(spotted), 3, 2), -1), Points(nothing, nothing)
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    facing = charts.normal[charts.chart] * np.where(charts.turned, -1.0, 1.0)[:, None]
    group = _smooth_groups(mesh, facing, spotted)
    count = int(group.max()) + 1
    wanted = np.zeros((count, 2), np.bool_)
    for side in (0, 1):
        np.logical_or.at(wanted[:, side], group[spotted].reshape(-1), np.repeat(seen[spotted, side], 3))
    wanted[~wanted.any(axis=1), 0] = True
    number = np.where(wanted, np.cumsum(wanted.reshape(-1)).reshape(count, 2) - 1, -1)
    number = np.where(number >= 0, number, number[:, ::-1])
    of_corner = np.where(spotted[:, None, None], number[group], -1)
    place, normal = _at_groups(corners[spotted], facing[spotted], group[spotted].reshape(-1), count)
    owner, back = np.nonzero(wanted)
    position = np.stack([place[owner, :, 0], place[owner, :, 1]])[back, np.arange(len(owner))]
    return of_corner, Points(position, normal[owner] * np.where(back, -1.0, 1.0)[:, None])


def _at_groups(corners: Float64, facing: Float64, group: Int64, count: int) -> tuple[Float64, Float64]:
    """Places over front and back (count, 3, 2) and normals (count, 3) of groups of corners.

    A place is moved off its corner into the triangles, and up until none of them is above it.
    """
    weight = np.bincount(group, minlength=count)
    middle = corners.mean(axis=1, keepdims=True) + 0 * corners
    normal = _means(np.repeat(facing, 3, axis=0), group, weight)
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
    place = _means((0.8 * corners + 0.2 * middle).reshape(-1, 3), group, weight)
    height = np.zeros((count, 2))
    for ends in (corners.reshape(-1, 3), middle.reshape(-1, 3)):
        above = np.einsum("ni,ni->n", ends - place[group], normal[group])
        np.maximum.at(height[:, 0], group, above)
        np.maximum.at(height[:, 1], group, -above)
    lift = np.stack([height[:, 0] + LIFT, -height[:, 1] - LIFT], axis=1)
    return place[:, :, None] + normal[:, :, None] * lift[:, None], normal


def _means(values: Float64, group: Int64, weight: Int64) -> Float64:
    summed = [np.bincount(group, values[:, c], len(weight)) for c in range(3)]
    return np.asarray(np.stack(summed, axis=1) / np.maximum(weight, 1)[:, None])


def _smooth_groups(mesh: Mesh, facing: Float64, spotted: Bool) -> Int64:
    """A number for each corner (m, 3) of the `spotted` triangles, −1 for the rest.

    Equal where corners meet in one instance and their surfaces do not crease.
    """
    group = np.full((len(facing), 3), -1, np.int64)
    place = weld(mesh)[mesh.triangles[spotted]].reshape(-1).astype(np.int64) * 65536
    spot = np.unique(place + np.repeat(mesh.instance[spotted], 3), return_inverse=True)[1]
    each = np.repeat(facing[spotted], 3, axis=0)
    mean = np.stack([np.bincount(spot, each[:, c]) for c in range(3)], axis=1)
    mean = mean / np.maximum(np.linalg.norm(mean, axis=1), 1e-12)[:, None]
    creased = np.bincount(spot, (each * mean[spot]).sum(axis=1) < CREASE) > 0
    side = (np.rint(1.5 * each).astype(np.int64) + 2) @ np.array([25, 5, 1])
    apart = np.where(creased[spot], side + 1, 0)
    group[spotted] = np.unique(spot * 126 + apart, return_inverse=True)[1].reshape(-1, 3)
    return group
