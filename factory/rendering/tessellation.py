"""Meshes cut finer, so that what is known at their corners is known everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from schemas.arrays import AnyArray, Float64, Int64
from schemas.scenes import Mesh


def tessellate(mesh: Mesh, longest: Float64) -> tuple[Mesh, Int64]:
    """The same surface with no edge of a triangle longer than that triangle's `longest` (m,), metres.

    Also returns for each of its triangles the index of that in `mesh` which it was cut from.

    Triangles are halved across their longest edge, again and again, which keeps their shape (Rivara, 1984);
    neighbours share the new vertices. Instance, material, uv and colours follow; the winding stays.
    """
    vertices, triangles, color = mesh.vertices, mesh.triangles.astype(np.int64), mesh.color
    uv = np.zeros((len(triangles), 3, 2), np.float32) if mesh.uv is None else mesh.uv
    parent = np.arange(len(triangles))
    while True:
        corners = vertices[triangles]
        lengths = np.linalg.norm(corners[:, [1, 2, 0]] - corners, axis=2)
        cut = lengths.max(axis=1) > longest[parent]
        if not cut.any():
            break
        turn = (lengths[cut].argmax(axis=1)[:, None] + np.arange(3)) % 3
        split = np.take_along_axis(triangles[cut], turn, axis=1)
        split_uv = np.take_along_axis(uv[cut], turn[:, :, None], axis=1)
        edges, middle = _unique_edges(split)
        triangles = np.concatenate([triangles[~cut], *_halves(split, middle + len(vertices))])
        uv = np.concatenate([uv[~cut], *_halves(split_uv, split_uv[:, :2].mean(axis=1))])
        parent = np.concatenate([parent[~cut], parent[cut], parent[cut]])
        vertices = np.concatenate([vertices, vertices[edges].mean(axis=1)])
        if color is not None:
            color = np.concatenate([color, color[edges].mean(axis=1).astype(np.uint8)])
    fine = replace(
        mesh,
        vertices=vertices,
        triangles=triangles.astype(np.int32),
        instance=mesh.instance[parent],
        material=mesh.material[parent],
        uv=None if mesh.uv is None else uv,
        color=color,
    )
    return fine, parent


def _unique_edges(split: Int64) -> tuple[Int64, Int64]:
    """The first edge of each triangle (n, 3): edges (e, 2) without repetition, and for each triangle its row."""
    edges, row = np.unique(np.sort(split[:, :2], axis=1), axis=0, return_inverse=True)
    return edges, row.reshape(-1)


def _halves(corners: AnyArray, middle: AnyArray) -> tuple[AnyArray, AnyArray]:
    first, second, opposite = corners[:, 0], corners[:, 1], corners[:, 2]
    return np.stack([first, middle, opposite], axis=1), np.stack([middle, second, opposite], axis=1)
