"""Is the scene that was read the scene that was written?"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from schemas.arrays import AnyArray, Float64
from schemas.scenes import Scene


def assert_same_surface(found: Scene, home: Scene, tolerance: float = 1e-3) -> None:
    """Every triangle of `home` is in `found` within `tolerance` metres a corner, and no more of them."""
    assert len(found.mesh.triangles) == len(home.mesh.triangles)
    distance, _ = _nearest(found, home)
    assert distance.max() <= tolerance, f"{(distance > tolerance).sum()} triangles off by up to {distance.max():.4f} m"


def assert_same_categories(found: Scene, home: Scene, share: float = 0.999) -> None:
    """At least `share` of the triangles of `home` have the same category in `found`."""
    same = shared_labels(found, home, [i.category for i in found.instances], [i.category for i in home.instances])
    assert same >= share, f"only {same:.4%} of the triangles have their category"


def shared_labels(found: Scene, home: Scene, found_labels: list[str], home_labels: list[str]) -> float:
    """Share of `home`'s triangles with the label they have in `found`; index 0 of both is 'none'."""
    _, candidates = _nearest(found, home)
    found_of, home_of = np.array(["", *found_labels]), np.array(["", *home_labels])
    given = home_of[home.mesh.instance][:, None]
    return float((found_of[found.mesh.instance[candidates]] == given).any(axis=1).mean())


def _nearest(found: Scene, home: Scene, tolerance: float = 1e-3) -> tuple[Float64, AnyArray]:
    """The nearest triangle's distance by sorted corners, and all those that are as near (coincident faces)."""
    there, here = _signature(found), _signature(home)
    distance, index = cKDTree(there).query(here, k=min(4, len(there)))
    index = np.where(distance <= np.maximum(distance[:, :1], tolerance), index, index[:, :1])
    return distance[:, 0], index


def _signature(scene: Scene) -> Float64:
    """(m, 9): middle and box of each triangle, which do not depend on winding or on where it starts."""
    corners = scene.mesh.vertices[scene.mesh.triangles].astype(np.float64)
    return np.concatenate([corners.mean(axis=1), corners.min(axis=1), corners.max(axis=1)], axis=1)
