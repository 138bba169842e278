"""Flat pieces of a mesh, each laid out in two dimensions of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from schemas.arrays import Bool, Float64, Int64
from schemas.scenes import Mesh

FLAT_COSINE = 0.9999  # between the normals of neighbours in one piece
FLAT_DEPTH = 0.004  # metres that a piece may bulge
BENT_COSINE = 0.8  # between the normals of neighbours that continue one curved surface
_GRID = 1e4  # steps a metre in which two vertices are the same


@dataclass(frozen=True)
class Charts:
    """Pieces of one instance whose triangles share edges and a plane. m triangles, c charts.

    chart : (m,) int64, index of each triangle's chart; turned : (m,) bool, its front is the chart's back
    local : (m, 3, 2) float64, corners in the chart's plane, metres, from 0 to `extent` (c, 2)
    origin, across, along, normal : (c, 3) float64, where local (0, 0) lies and the unit axes
    flat : (c,) bool, false for one that bends after all; bent : (c,) bool, a neighbour continues it at a shallow angle
    pairs : (n, 2) int64, triangles of one instance that share an edge
    rim : (e, 2) int64, triangle and first corner of each edge that borders on no other triangle of its chart
    """

    chart: Int64
    turned: Bool
    local: Float64
    extent: Float64
    origin: Float64
    across: Float64
    along: Float64
    normal: Float64
    flat: Bool
    bent: Bool
    pairs: Int64
    rim: Int64


def find_charts(mesh: Mesh) -> Charts:
    """The flat pieces of a mesh; a triangle without neighbours in its plane is one of its own."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = doubled / np.maximum(np.linalg.norm(doubled, axis=1), 1e-15)[:, None]
    edges = _shared_edges(mesh)
    pairs = edges // 3
    cosine = np.abs(np.einsum("ij,ij->i", facing[pairs[:, 0]], facing[pairs[:, 1]]))
    flush = pairs[cosine > FLAT_COSINE]
    links = coo_array((np.ones(len(flush), np.bool_), (flush[:, 0], flush[:, 1])), shape=(len(facing),) * 2)
    chart = connected_components(links, directed=False)[1].astype(np.int64)
    outer = np.ones(3 * len(chart), np.bool_)
    outer[edges[cosine > FLAT_COSINE].reshape(-1)] = False
    first = _largest(np.linalg.norm(doubled, axis=1), chart)
    normal, reach = facing[first], corners[first, 0]
    across = _longest_edges(corners, chart, outer, normal)
    along = np.cross(normal, across)
    offset = corners - reach[chart][:, None]
    flattened = np.stack([np.einsum("mki,mi->mk", offset, axes[chart]) for axes in (across, along, normal)], axis=-1)
    low, high = _ranges(flattened, chart)
    return Charts(
        chart=chart,
        turned=np.einsum("mi,mi->m", facing, normal[chart]) < 0,
        local=flattened[..., :2] - low[chart][:, None, :2],
        extent=(high - low)[:, :2],
        origin=reach + low[:, :1] * across + low[:, 1:2] * along,
        across=across,
        along=along,
        normal=normal,
        flat=(high - low)[:, 2] < FLAT_DEPTH,
        bent=np.isin(np.arange(len(first)), chart[pairs[(cosine > BENT_COSINE) & (cosine <= FLAT_COSINE)]]),
        pairs=pairs,
        rim=np.stack(np.divmod(np.flatnonzero(outer), 3), axis=1),
    )


def _shared_edges(mesh: Mesh) -> Int64:
    """Pairs (n, 2) of the same edge in two triangles of one instance, each as 3·triangle + corner."""
    place = weld(mesh)[mesh.triangles]
    ends = np.sort(np.stack([place, place[:, [1, 2, 0]]], axis=-1), axis=-1).reshape(-1, 2)
    key = ends[:, 0] * (int(place.max()) + 1) + ends[:, 1]
    order = np.argsort(key, kind="stable")
    found = []
    for step in (1, 2):  # a second step for edges where two solids touch
        first, second = order[:-step], order[step:]
        same = (key[first] == key[second]) & (mesh.instance[first // 3] == mesh.instance[second // 3])
        found.append(np.stack([first[same], second[same]], axis=1))
    return np.concatenate(found)


def weld(mesh: Mesh) -> Int64:
    """A number for each vertex (n,) int64; equal where vertices are at the same place, to a tenth of a millimetre."""
    steps = np.rint((mesh.vertices - mesh.vertices.min(axis=0)) * np.float64(_GRID)).astype(np.int64)
    spans = steps.max(axis=0) + 1
    return np.unique((steps[:, 0] * spans[1] + steps[:, 1]) * spans[2] + steps[:, 2], return_inverse=True)[1]


def _longest_edges(corners: Float64, chart: Int64, outer: Bool, normal: Float64) -> Float64:
    """For each chart the direction (c, 3) of its longest `outer` (3m,) edge, across its `normal` (c, 3)."""
    edges = (corners[:, [1, 2, 0]] - corners).reshape(-1, 3)
    length = np.linalg.norm(edges, axis=1) * np.where(outer, 1.0, 1e-3)
    longest = edges[_largest(length, np.repeat(chart, 3))]
    longest -= np.einsum("ci,ci->c", longest, normal)[:, None] * normal
    return np.asarray(longest / np.maximum(np.linalg.norm(longest, axis=1), 1e-15)[:, None])


def _largest(values: Float64, chart: Int64) -> Int64:
    """The index of the largest of `values` (n,) in each chart."""
    order = np.lexsort((values, chart))
    return np.asarray(order[np.append(np.flatnonzero(np.diff(chart[order])), len(order) - 1)])


def _ranges(values: Float64, chart: Int64) -> tuple[Float64, Float64]:
    """Lowest and highest (c, k) of `values` (m, 3, k) in each chart."""
    order = np.argsort(chart, kind="stable")
    starts = np.searchsorted(chart[order], np.arange(chart.max() + 1))
    low = np.minimum.reduceat(values.min(axis=1)[order], starts, axis=0)
    high = np.maximum.reduceat(values.max(axis=1)[order], starts, axis=0)
    return low, high
