"""The coloured point cloud of a scene folder: binary PLY, points double, colours uchar."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from schemas.arrays import Float64, UInt8
from schemas.errors import ShardError

OBSTACLE = (0, 0, 128)
NAVIGABLE = (102, 102, 102)

_ROW = np.dtype([("x", "<f8"), ("y", "<f8"), ("z", "<f8"), ("red", "u1"), ("green", "u1"), ("blue", "u1")])
_KINDS = {
    "char": "i1", "uchar": "u1", "short": "<i2", "ushort": "<u2", "int": "<i4", "uint": "<u4", "float": "<f4",
    "double": "<f8", "int8": "i1", "uint8": "u1", "int16": "<i2", "uint16": "<u2", "int32": "<i4", "uint32": "<u4",
    "float32": "<f4", "float64": "<f8",
}  # fmt: skip
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class Cloud:
    """points : (n, 3) float64, world, metres; colors : (n, 3) uint8."""

    points: Float64
    colors: UInt8

    def of(self, color: tuple[int, int, int]) -> Float64:
        """The points (m, 3) of exactly that colour."""
        return np.asarray(self.points[(self.colors == color).all(axis=1)])


def scene_cloud(obstacles: Float64, navigable: Float64, floor_z: float) -> Cloud:
    """The cloud of one map: obstacles (n, 2) and navigable points (m, 2), flat on the floor."""
    plane = np.concatenate([obstacles, navigable])
    points = np.column_stack([plane, np.full(len(plane), floor_z)])
    colors = np.repeat(np.array([OBSTACLE, NAVIGABLE], np.uint8), [len(obstacles), len(navigable)], axis=0)
    return Cloud(points, colors)


def encode_cloud(cloud: Cloud) -> bytes:
    """PLY bytes, little-endian, as Open3D writes and reads them."""
    rows = np.empty(len(cloud.points), _ROW)
    for column, name in enumerate("xyz"):
        rows[name] = cloud.points[:, column]
    for column, name in enumerate(("red", "green", "blue")):
        rows[name] = cloud.colors[:, column]
    properties = [f"property {'double' if name in 'xyz' else 'uchar'} {name}" for name in _ROW.names or ()]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}", *properties, "end_header", ""]
    return "\n".join(header).encode() + rows.tobytes()


def decode_cloud(content: bytes, where: str) -> Cloud:
    """The cloud of a PLY whose vertices come first. Raises ShardError naming `where` for anything else."""
    head, mark, body = content[:_LONGEST_HEADER].partition(b"end_header")
    header = re.fullmatch(
        rb"ply\r?\nformat binary_little_endian 1\.0\r?\n(?:(?:comment|obj_info)[^\n]*\n)*"
        rb"element vertex (\d{1,12})\r?\n((?:property \w+ \w+\r?\n)+)(?:element .*)?",
        head,
        re.DOTALL,
    )
    if not mark or header is None:
        raise ShardError(f"{where}: not a binary little-endian PLY that begins with its vertices")
    names = [line.split()[1:] for line in header[2].decode().splitlines()]
    columns = [name for _, name in names]
    if len(set(columns)) != len(columns) or not {"x", "y", "z", "red", "green", "blue"} <= set(columns):
        raise ShardError(f"{where}: vertices have {', '.join(columns)}; x, y, z, red, green, blue are needed")
    if unknown := [kind for kind, _ in names if kind not in _KINDS]:
        raise ShardError(f"{where}: properties of type {unknown[0]}")
    start = len(head) + len(mark) + (2 if body.startswith(b"\r\n") else 1)
    layout = np.dtype([(name, _KINDS[kind]) for kind, name in names])
    count = int(header[1])
    if len(content) < start + count * layout.itemsize:
        raise ShardError(f"{where}: cut short; {count} vertices of {layout.itemsize} bytes are promised")
    rows = np.frombuffer(content, layout, count, start)
    points = np.stack([rows[name].astype(np.float64) for name in "xyz"], axis=1)
    return Cloud(points, np.stack([rows[name].astype(np.uint8) for name in ("red", "green", "blue")], axis=1))
