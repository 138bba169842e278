"""A small hand-made flat: two furnished rooms and a door between them, for tests that need a scene.

Room 1 spans x 0..5, y 0..4, room 2 x 5..9, y 0..4, both 2.6 m high; the opening is at x = 5, y 1.5..2.5.
"""

from __future__ import annotations

import cv2
import numpy as np

from scene_adapters.instances import with_boxes
from schemas.arrays import Float64
from schemas.scenes import (
    Instance,
    Light,
    Lighting,
    LightKind,
    Material,
    Mesh,
    Room,
    Scene,
    SceneRef,
    Storey,
    Texture,
    make_scene,
)

_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64)
# Each face as two triangles, and for each the two axes its texture runs along.
_FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
_AXES = [(1, 2), (1, 2), (0, 2), (0, 2), (0, 1), (0, 1)]

# label, category, material, low, high, room
BOXES: list[tuple[str, str, int, tuple[float, float, float], tuple[float, float, float], int]] = [
    ("floor", "floor", 1, (0, 0, -0.1), (5, 4, 0), 1),
    ("floor", "floor", 1, (5, 0, -0.1), (9, 4, 0), 2),
    ("ceiling", "ceiling", 0, (0, 0, 2.6), (9, 4, 2.7), 1),
    ("wall", "wall", 0, (-0.1, -0.1, 0), (0, 4.1, 2.6), 1),
    ("wall", "wall", 0, (9, -0.1, 0), (9.1, 4.1, 2.6), 2),
    ("wall", "wall", 0, (0, -0.1, 0), (9, 0, 2.6), 1),
    ("wall", "wall", 0, (0, 4, 0), (9, 4.1, 2.6), 1),
    ("wall", "wall", 0, (4.95, 0, 0), (5.05, 1.5, 2.6), 1),
    ("wall", "wall", 0, (4.95, 2.5, 0), (5.05, 4, 2.6), 1),
    ("wall", "wall", 0, (4.95, 1.5, 2.1), (5.05, 2.5, 2.6), 1),
    ("sofa", "sofa", 2, (0.1, 3.1, 0), (2.1, 3.9, 0.8), 1),
    ("table top", "table", 3, (1.0, 1.4, 0.70), (2.2, 2.2, 0.75), 1),
    ("picture", "picture", 4, (3.0, 3.96, 1.2), (3.8, 4.0, 1.8), 1),
    ("bed", "bed", 2, (7.0, 0.1, 0), (8.9, 1.7, 0.5), 2),
    ("wardrobe", "cabinet", 3, (7.6, 3.4, 0), (8.9, 3.95, 2.0), 2),
    ("plant", "plant", 5, (5.3, 3.4, 0), (5.7, 3.8, 1.1), 2),
]


def two_rooms() -> Scene:
    """The flat as a lit scene, with one area light a room and a textured floor."""
    parts = [_box(np.array(low, float), np.array(high, float)) for *_, low, high, _ in BOXES]
    count = len(parts)
    mesh = Mesh(
        vertices=np.concatenate([p[0] for p in parts]).astype(np.float32),
        triangles=np.concatenate([p[1] + 24 * i for i, p in enumerate(parts)]).astype(np.int32),
        instance=np.repeat(np.arange(1, count + 1), 12).astype(np.uint16),
        material=np.repeat([box[2] for box in BOXES], 12).astype(np.uint16),
        materials=(
            Material("plaster", (0.85, 0.83, 0.78)),
            Material("chequer", (1.0, 1.0, 1.0), texture=0),
            Material("fabric", (0.15, 0.25, 0.6), roughness=0.9),
            Material("wood", (0.45, 0.25, 0.1), roughness=0.4),
            Material("print", (0.8, 0.3, 0.1)),
            Material("leaf", (0.1, 0.4, 0.1)),
        ),
        textures=(Texture("chequer", _chequer()),),
        uv=np.concatenate([p[2] for p in parts]).astype(np.float32),
        color=None,
    )
    instances = tuple(
        Instance(i + 1, label, category, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), room)
        for i, (label, category, _, _, _, room) in enumerate(BOXES)
    )
    return make_scene(
        SceneRef("handmade", "two_rooms", "tests", "CC0-1.0"),
        mesh,
        with_boxes(instances, mesh),
        rooms=(
            Room(1, "living room", 0, ((0, 0), (5, 0), (5, 4), (0, 4))),
            Room(2, "bedroom", 0, ((5, 0), (9, 0), (9, 4), (5, 4))),
        ),
        storeys=(Storey(0, 0.0, 2.6),),
        lights=tuple(
            Light(LightKind.AREA, (x, 2.0, 2.55), (0.0, 0.0, -1.0), (0.6, 0.6), (1.0, 0.95, 0.85), 120.0)
            for x in (2.5, 7.0)
        ),
        lighting=Lighting.LIT,
    )


def _box(low: Float64, high: Float64) -> tuple[Float64, Float64, Float64]:
    """24 vertices (four a face), 12 triangles and their uv in metres."""
    corners = low + _CORNERS * (high - low)
    vertices: list[Float64] = []
    triangles: list[list[int]] = []
    uv: list[Float64] = []
    for face, (a, b) in zip(_FACES, _AXES, strict=True):
        base = 4 * len(vertices)
        quad = corners[list(face)]
        vertices.append(quad)
        for tri in ((0, 1, 2), (0, 2, 3)):
            triangles.append([base + i for i in tri])
            uv.append(quad[list(tri)][:, [a, b]])
    return np.concatenate(vertices), np.array(triangles), np.array(uv)


def _chequer() -> bytes:
    tile = np.kron(np.array([[1, 0], [0, 1]]), np.ones((32, 32)))
    image = np.stack([60 + 120 * tile, 90 + 90 * tile, 120 + 60 * tile], axis=-1).astype(np.uint8)
    encoded: bytes = cv2.imencode(".png", image)[1].tobytes()
    return encoded
