"""The map of one storey for one robot's body, and how it is stored."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from factory.navigation.esdf import sample, signed_distance
from factory.navigation.occupancy import PERSON_HEIGHT, frame, occupancy, slab_of
from factory.navigation.surfaces import check_mesh
from schemas.arrays import Bool, Float32, Float64, Int32, UInt8
from schemas.errors import SceneError, StorageError
from schemas.identity import canonical_json, digest
from schemas.jsonable import from_json, to_json
from schemas.outcomes import Reason, Rejected
from schemas.robots import Body
from schemas.scenes import Scene, Storey

MAP_VERSION = 1


@dataclass(frozen=True)
class NavigationMap:
    """Where a body's centre may be.

    origin : world (x, y) of the corner of cell (0, 0), metres; resolution : cell edge, metres
    free : (rows = y, cols = x) bool, firm floor with nothing in the body's slab above it
    esdf : (rows, cols) float32, signed distance to the border of `free`, metres, positive inside
    """

    origin: tuple[float, float]
    resolution: float
    free: Bool
    esdf: Float32
    storey: Storey
    body: Body

    @cached_property
    def area(self) -> float:
        """m² where the centre of the robot can stand: the free area less a rim of the body's radius."""
        return float(np.count_nonzero(self.esdf >= self.body.radius)) * self.resolution**2

    def distance(self, points: Float64) -> Float64:
        """The ESDF at points (n, 2), world, metres → (n,) float64 metres."""
        return sample(self.esdf, self.origin, self.resolution, points)

    def centres(self, cells: Int32) -> Float64:
        """World (x, y) of the centres of cells (n, 2) given as (row, col)."""
        return np.asarray(np.asarray(self.origin) + (np.asarray(cells)[:, ::-1] + 0.5) * self.resolution)


def build_map(scene: Scene, storey: Storey, body: Body, resolution: float, max_cells: int) -> NavigationMap | Rejected:
    """The map of a scene's storey. Raises SceneError, naming scene and storey, as `map_mesh` does."""
    try:
        return map_mesh(scene.mesh.vertices, scene.mesh.triangles, storey, body, resolution, max_cells)
    except SceneError as error:
        raise SceneError(f"scene {scene.ref.dataset}/{scene.ref.name}, storey {storey.index}: {error}") from error


def map_mesh(
    vertices: Float32, triangles: Int32, storey: Storey, body: Body, resolution: float = 0.05, max_cells: int = 10**8
) -> NavigationMap | Rejected:
    """The map of a bare mesh: vertices (n, 3), world, Z up, metres; triangles (m, 3).

    Rejected BODY_DOES_NOT_FIT when the robot is taller than the storey, NO_FREE_SPACE when it can stand
    nowhere. Raises SceneError for a mesh that cannot be used, a storey without floor, and a grid over
    `max_cells`.
    """
    vertices, triangles = check_mesh(vertices, triangles)
    if storey.ceiling_z - storey.floor_z < body.height:
        room = storey.ceiling_z - storey.floor_z
        return Rejected(Reason.BODY_DOES_NOT_FIT, f"body {body.height} m high, storey {room:.2f} m")
    solid = (body.step_height, max(body.height, PERSON_HEIGHT))
    slab = slab_of(vertices, triangles, storey.floor_z, body.max_slope, solid)
    grid = frame(slab, resolution, max_cells)
    free = occupancy(slab, grid, body)
    esdf = signed_distance(free, resolution)
    built = NavigationMap(grid.origin, resolution, free, esdf, storey, body)
    if built.area == 0:
        square_metres = float(np.count_nonzero(free)) * resolution**2
        return Rejected(
            Reason.NO_FREE_SPACE, f"{square_metres:.2f} m² free, none wide enough for {body.radius} m radius"
        )
    return built


def map_key(scene_digest: str, storey_index: int, body: Body, resolution: float, max_cells: int) -> str:
    """Names a map by all that decides it; it is stored as "maps/<key>.npz"."""
    return digest("map", MAP_VERSION, scene_digest, storey_index, to_json(body), resolution, max_cells)[:32]


def encode_map(built: NavigationMap) -> bytes:
    """A map as a npz file, the same bytes every time. The ESDF is left out: it follows from `free`."""
    header = {
        "version": MAP_VERSION, "origin": list(built.origin), "resolution": built.resolution,
        "shape": list(built.free.shape), "storey": to_json(built.storey), "body": to_json(built.body),
    }  # fmt: skip
    arrays = {
        "header": np.frombuffer(canonical_json(header), dtype=np.uint8),
        "free": np.packbits(built.free),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            archive.writestr(_entry(name), member.getvalue())
    return file.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def decode_map(data: bytes) -> NavigationMap:
    """The map that `encode_map` wrote. Raises StorageError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            packed = arrays["free"]
        free = _unpacked(header, packed)
        x, y = (float(value) for value in header["origin"])
        resolution = float(header["resolution"])
        storey, body = from_json(Storey, header["storey"]), from_json(Body, header["body"])
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise StorageError(f"not a navigation map: {error}; delete the file and it is made again") from error
    return NavigationMap((x, y), resolution, free, signed_distance(free, resolution), storey, body)


def _unpacked(header: dict[str, Any], packed: UInt8) -> Bool:
    if header["version"] != MAP_VERSION:
        raise ValueError(f"version {header['version']}, this program reads {MAP_VERSION}")
    rows, cols = (int(n) for n in header["shape"])
    if packed.dtype != np.uint8 or rows < 2 or cols < 2 or packed.size != (rows * cols + 7) // 8:
        raise ValueError(f"{packed.size} bytes of cells for {rows} × {cols}")
    return np.unpackbits(packed, count=rows * cols).reshape(rows, cols).astype(bool)
