"""Meshes as PLY: triangles or quads, with colours and whole numbers a face."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from schemas.arrays import AnyArray

_NAMES = {"i4": "int", "u1": "uchar", "u2": "ushort", "f4": "float"}


def write_ply(
    path: Path,
    vertices: AnyArray,
    polygons: AnyArray,
    color: AnyArray | None = None,
    face_fields: Mapping[str, AnyArray] | None = None,
    normals: bool = False,
    order: str = "<",
) -> None:
    """Binary PLY of vertices (n, 3) and polygons (m, k), all of k corners."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fields: list[tuple[str, str]] = [(axis, f"{order}f4") for axis in "xyz"]
    if normals:
        fields += [(f"n{axis}", f"{order}f4") for axis in "xyz"]
    if color is not None:
        fields += [(name, "u1") for name in ("red", "green", "blue")]
    vertex = np.zeros(len(vertices), dtype=fields)
    for i, axis in enumerate("xyz"):
        vertex[axis] = vertices[:, i]
    for i, name in enumerate(("red", "green", "blue")):
        if color is not None:
            vertex[name] = color[:, i]
    extra = {name: np.asarray(values, dtype=f"{order}i4") for name, values in (face_fields or {}).items()}
    face_type = np.dtype(
        [("n", "u1"), ("v", f"{order}i4", (polygons.shape[1],)), *((name, f"{order}i4") for name in extra)]
    )
    face = np.zeros(len(polygons), dtype=face_type)
    face["n"], face["v"] = polygons.shape[1], polygons
    for name, values in extra.items():
        face[name] = values
    header = [
        "ply",
        f"format binary_{'little' if order == '<' else 'big'}_endian 1.0",
        f"element vertex {len(vertices)}",
        *(f"property {_NAMES[np.dtype(kind).str[1:]]} {name}" for name, kind in fields),
        f"element face {len(polygons)}",
        "property list uchar int vertex_indices",
        *(f"property int {name}" for name in extra),
        "end_header",
    ]
    path.write_bytes("\n".join(header).encode() + b"\n" + vertex.tobytes() + face.tobytes())
