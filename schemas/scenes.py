"""A scene: triangles with an instance id each, what the instances are, and how they look.

Everything is in the world frame (Z up, metres). An adapter converts once, at its edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from schemas.arrays import AnyArray, Float32, Float64, Int32, UInt8, UInt16
from schemas.categories import MPCAT40
from schemas.identity import digest


@dataclass(frozen=True)
class SceneRef:
    """A scene as listed: cheap, nothing is loaded.

    dataset : name of the adapter
    name : unique in the dataset
    source : what the adapter needs to find it: a path relative to the dataset's root, or a seed
    licence : SPDX id or the dataset's own name for its terms
    """

    dataset: str
    name: str
    source: str
    licence: str


class Lighting(StrEnum):
    """Where the light is: in the textures already (scans), or to be simulated."""

    UNLIT = "unlit"
    LIT = "lit"


@dataclass(frozen=True)
class Instance:
    """One thing, or one surface of the building. Ids run from 1; 0 in a mask means none.

    label : the dataset's own word; category : its mpcat40 name
    low, high : corners of the axis-aligned box, metres
    room : id of the room it stands in, or None
    """

    id: int
    label: str
    category: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    room: int | None


@dataclass(frozen=True)
class Room:
    """A region of a storey. polygon : (x, y) corners in metres, counter-clockwise, not closed."""

    id: int
    label: str
    storey: int
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Storey:
    """A level people walk on. floor_z, ceiling_z in metres; the ceiling is the next level's floor at most."""

    index: int
    floor_z: float
    ceiling_z: float


@dataclass(frozen=True)
class Texture:
    """An image as the dataset has it: PNG or JPEG bytes, sRGB. `name` is for messages only."""

    name: str
    encoded: bytes


@dataclass(frozen=True)
class Material:
    """How a surface looks (a metallic–roughness model, as in glTF).

    base_color : linear RGB in 0..1, multiplied with the texture where there is one
    texture : index into `Surface.textures`, or None
    roughness, metallic, transmission : 0..1; transmission 1 is clear glass
    emission : linear RGB radiance the surface gives off, W/(m²·sr), zero for most
    """

    name: str
    base_color: tuple[float, float, float] = (0.8, 0.8, 0.8)
    texture: int | None = None
    roughness: float = 0.6
    metallic: float = 0.0
    transmission: float = 0.0
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)


class LightKind(StrEnum):
    """POINT: all directions. AREA: a rectangle that shines along `direction`. SUN: parallel, `power` in W/m²."""

    POINT = "point"
    AREA = "area"
    SUN = "sun"


@dataclass(frozen=True)
class Light:
    """A lamp, a window's daylight or the sun.

    position : centre, metres; direction : unit vector along which it shines
    size : edges of the rectangle, metres (AREA); the radius twice (POINT), for soft shadows
    color : linear RGB, largest component 1; power : W (POINT, AREA) or W/m² (SUN)
    """

    kind: LightKind
    position: tuple[float, float, float]
    direction: tuple[float, float, float]
    size: tuple[float, float]
    color: tuple[float, float, float]
    power: float


@dataclass(frozen=True)
class Mesh:
    """Triangles and their looks. n vertices, m triangles.

    vertices : (n, 3) float32, world, metres
    triangles : (m, 3) int32, indices of vertices; winding is not relied on
    instance : (m,) uint16, id of the instance, 0 = none
    material : (m,) uint16, index into `materials`
    uv : (m, 3, 2) float32, a corner each, (0, 0) bottom left as in OpenGL; or None
    color : (n, 4) uint8 sRGB vertex colours; or None
    """

    vertices: Float32
    triangles: Int32
    instance: UInt16
    material: UInt16
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    uv: Float32 | None
    color: UInt8 | None


@dataclass(frozen=True)
class Scene:
    """A loaded scene. `digest` follows from all the rest: equal content, equal digest.

    storeys : as the data says them, or () where navigation has to find them
    sky : linear RGB radiance of what windows show; daylight that enters is in `lights`
    notes : what the adapter found and dropped, for the log
    """

    ref: SceneRef
    mesh: Mesh
    instances: tuple[Instance, ...]
    rooms: tuple[Room, ...]
    storeys: tuple[Storey, ...]
    lights: tuple[Light, ...]
    lighting: Lighting
    sky: tuple[float, float, float]
    notes: tuple[str, ...]
    digest: str

    def instance(self, instance_id: int) -> Instance:
        """The instance of that id (1..N). Raises KeyError."""
        if not 1 <= instance_id <= len(self.instances):
            raise KeyError(instance_id)
        return self.instances[instance_id - 1]

    @property
    def bounds(self) -> Float64:
        """(2, 3) float64: lowest and highest corner of all vertices, metres."""
        return np.stack([self.mesh.vertices.min(axis=0), self.mesh.vertices.max(axis=0)]).astype(np.float64)


def make_scene(
    ref: SceneRef,
    mesh: Mesh,
    instances: tuple[Instance, ...],
    *,
    rooms: tuple[Room, ...] = (),
    storeys: tuple[Storey, ...] = (),
    lights: tuple[Light, ...] = (),
    lighting: Lighting = Lighting.UNLIT,
    sky: tuple[float, float, float] = (0.6, 0.75, 1.0),
    notes: tuple[str, ...] = (),
) -> Scene:
    """A checked `Scene` with its digest. The one way to make one.

    Raises ValueError naming the field: wrong shapes or dtypes, indices out of range, NaN, ids that
    do not run from 1 without gaps, categories outside mpcat40.
    """
    _check_mesh(mesh)
    if [instance.id for instance in instances] != list(range(1, len(instances) + 1)):
        raise ValueError("instances: ids must run 1..N in order")
    if mesh.instance.size and int(mesh.instance.max()) > len(instances):
        raise ValueError(f"mesh.instance: id {int(mesh.instance.max())} but only {len(instances)} instances")
    unknown = sorted({instance.category for instance in instances} - set(MPCAT40))
    if unknown:
        raise ValueError(f"instances: {unknown} are not mpcat40 categories")
    content = digest(
        ref,
        mesh.vertices,
        mesh.triangles,
        mesh.instance,
        mesh.material,
        mesh.materials,
        *(texture.encoded for texture in mesh.textures),
        np.zeros(0) if mesh.uv is None else mesh.uv,
        np.zeros(0) if mesh.color is None else mesh.color,
        (instances, rooms, storeys, lights, lighting, sky),
    )
    return Scene(ref, mesh, instances, rooms, storeys, lights, lighting, sky, notes, content)


def _check_mesh(mesh: Mesh) -> None:
    n, m = len(mesh.vertices), len(mesh.triangles)
    expected: dict[str, tuple[AnyArray | None, tuple[int, ...], type]] = {
        "vertices": (mesh.vertices, (n, 3), np.float32),
        "triangles": (mesh.triangles, (m, 3), np.int32),
        "instance": (mesh.instance, (m,), np.uint16),
        "material": (mesh.material, (m,), np.uint16),
        "uv": (mesh.uv, (m, 3, 2), np.float32),
        "color": (mesh.color, (n, 4), np.uint8),
    }
    for name, (array, shape, dtype) in expected.items():
        if array is not None and (array.shape != shape or array.dtype != dtype):
            raise ValueError(f"mesh.{name}: {array.dtype}{array.shape}, expected {np.dtype(dtype)}{shape}")
    if n == 0 or m == 0:
        raise ValueError(f"mesh: {n} vertices and {m} triangles; a scene needs both")
    # A sum is finite where all are, unless they are huge; a mask over them all would be as large as they are.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(mesh.vertices.sum()) or np.isfinite([mesh.vertices.min(), mesh.vertices.max()]).all()
    if not finite:
        raise ValueError("mesh.vertices: NaN or infinity")
    # Without a sign, what is below 0 is beyond all the rest.
    if int(mesh.triangles.view(np.uint32).max()) >= n:
        raise ValueError(f"mesh.triangles: indices outside 0..{n - 1}")
    if int(mesh.material.max()) >= len(mesh.materials):
        raise ValueError(f"mesh.material: index {int(mesh.material.max())} but {len(mesh.materials)} materials")
    for material in mesh.materials:
        if material.texture is not None and not 0 <= material.texture < len(mesh.textures):
            raise ValueError(f"material {material.name}: texture {material.texture} of {len(mesh.textures)}")
