"""STL, binary and text: bare triangles."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from scene_adapters.meshes import FileMesh
from scene_adapters.paths import parsing, read_bytes
from schemas.errors import SceneError
from schemas.scenes import Material

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_CORNER = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read_stl(path: Path) -> FileMesh:
    """All triangles of an STL file, three vertices each, one group. Raises SceneError."""
    content = read_bytes(path)
    with parsing(path, "STL"):
        count = int.from_bytes(content[80:84], "little")
        if len(content) >= 84 and len(content) == 84 + count * _RECORD.itemsize:
            corners = np.frombuffer(content, _RECORD, count, offset=84)["corners"].astype(np.float32)
        elif content.lstrip().startswith(b"solid"):
            corners = np.array(_CORNER.findall(content), dtype=np.float64).astype(np.float32).reshape(-1, 3, 3)
        else:
            raise SceneError(f"{path}: {len(content)} bytes where {84 + count * 50} are declared: truncated, or no STL")
        if not len(corners):
            raise SceneError(f"{path}: has no triangles; export the surface")
        return FileMesh(
            vertices=corners.reshape(-1, 3),
            triangles=np.arange(len(corners) * 3, dtype=np.int32).reshape(-1, 3),
            group=np.zeros(len(corners), np.int32),
            groups=("",),
            material=np.zeros(len(corners), np.uint16),
            materials=(Material("default"),),
        )
