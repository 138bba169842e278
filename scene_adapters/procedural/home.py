"""A whole home from a seed: plan, shell, fittings, furniture and lights put together as a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scene_adapters.instances import with_boxes
from scene_adapters.procedural.elements import Element
from scene_adapters.procedural.finishes import Palette, draw_palette
from scene_adapters.procedural.fittings import build_doors, build_leaves, build_windows
from scene_adapters.procedural.furnishing import Furnished, furnish
from scene_adapters.procedural.lighting import daylight, lamp_lights
from scene_adapters.procedural.openings import Opening, draw_openings
from scene_adapters.procedural.plan import LABELS, Plan, draw_plan
from scene_adapters.procedural.stairs import build_stairs
from scene_adapters.procedural.structure import build_shell
from schemas.arrays import Float32, Int32
from schemas.scenes import Instance, Light, Lighting, Mesh, Room, Scene, SceneRef, Storey, make_scene

KINDS = ("flat", "small", "cluttered", "large", "two_storey")
_SHARES = (0.4, 0.15, 0.2, 0.1, 0.15)
LICENCE = "CC0-1.0"


@dataclass(frozen=True)
class Design:
    """A home before it is a mesh. `furnished` is in the order of the plan's rooms; `elements` has everything."""

    plan: Plan
    openings: tuple[Opening, ...]
    palette: Palette
    furnished: tuple[Furnished, ...]
    elements: tuple[Element, ...]
    lights: tuple[Light, ...]


def home(seed: int, kind: str = "any") -> Scene:
    """The home of that seed and kind, of `KINDS` or "any". Equal arguments give an equal scene, digest and all.

    Raises ValueError for a negative seed or an unknown kind.
    """
    return scene_of(home_ref(seed, kind), design(seed, kind))


def home_ref(seed: int, kind: str) -> SceneRef:
    """How the home of that seed and kind is listed. Raises ValueError as `home` does."""
    if kind not in (*KINDS, "any"):
        raise ValueError(f"home kind {kind!r}: there are any, {', '.join(KINDS)}")
    if seed < 0:
        raise ValueError(f"home seed {seed}: give 0 or more")
    name = f"home_{seed:06d}" if kind == "any" else f"home_{seed:06d}_{kind}"
    return SceneRef("procedural", name, f"{kind}:{seed}", LICENCE)


def design(seed: int, kind: str) -> Design:
    """What the home of that seed and kind consists of. "any" draws the kind."""
    if kind == "any":
        kind = str(_stream(seed, "kind").choice(KINDS, p=_SHARES))
    plan = draw_plan(kind, _stream(seed, kind, "plan"))
    openings = draw_openings(plan, _stream(seed, kind, "openings"))
    palette = draw_palette(_stream(seed, kind, "palette"))
    leaves = tuple(build_leaves(plan, openings, _stream(seed, kind, "leaves")))
    shell = tuple(build_shell(plan, openings, _stream(seed, kind, "shell")))
    beams = [element for element in shell if element.category == "beam"]
    furnished = tuple(
        furnish(plan, openings, leaves, beams, palette, lambda room: _stream(seed, kind, f"furniture {room}"))
    )
    elements = (
        *shell,
        *build_doors(plan, openings),
        *(leaf.element for leaf in leaves),
        *build_windows(plan, openings),
        *build_stairs(plan, openings),
        *(element for room in furnished for element in room.elements),
    )
    lights = (
        *(
            light
            for room, content in zip(plan.rooms, furnished, strict=True)
            for light in lamp_lights(content.lamps, room.inside.area)
        ),
        *daylight(plan, openings, _stream(seed, kind, "daylight")),
    )
    return Design(plan, openings, palette, furnished, elements, lights)


def _stream(seed: int, *purpose: str) -> np.random.Generator:
    """A generator of its own for each purpose, so that a change in one leaves the others as they were."""
    words = [int.from_bytes(word.encode(), "big") for word in purpose]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def scene_of(ref: SceneRef, made: Design) -> Scene:
    """A design as the scene `ref`: instances are its elements, numbered from 1."""
    mesh = _mesh(made.elements, made.palette)
    nowhere = (0.0, 0.0, 0.0)
    instances = tuple(
        Instance(number, element.label, element.category, nowhere, nowhere, element.room + 1)
        for number, element in enumerate(made.elements, start=1)
    )
    plan = made.plan
    return make_scene(
        ref,
        mesh,
        with_boxes(instances, mesh),
        rooms=tuple(
            Room(number, LABELS[room.kind], room.storey, room.inside.corners)
            for number, room in enumerate(plan.rooms, start=1)
        ),
        storeys=tuple(Storey(i, plan.floor_z(i), plan.floor_z(i) + plan.ceiling_height) for i in range(plan.storeys)),
        lights=made.lights,
        lighting=Lighting.LIT,
    )


def _mesh(elements: Sequence[Element], palette: Palette) -> Mesh:
    """All parts in one mesh; instance ids are the elements' numbers from 1, uv count repeats of the texture."""
    materials, textures, index = palette.materials()
    parts = [(number, part) for number, element in enumerate(elements, start=1) for part in element.parts]
    counts = [len(part.triangles) for _, part in parts]
    starts = np.cumsum([0, *(len(part.vertices) for _, part in parts[:-1])])
    vertices: Float32 = np.concatenate([part.vertices for _, part in parts])
    triangles: Int32 = np.concatenate(
        [part.triangles + np.int32(start) for start, (_, part) in zip(starts, parts, strict=True)]
    )
    return Mesh(
        vertices=vertices,
        triangles=triangles,
        instance=np.repeat([number for number, _ in parts], counts).astype(np.uint16),
        material=np.repeat([index[part.finish] for _, part in parts], counts).astype(np.uint16),
        materials=materials,
        textures=textures,
        uv=np.concatenate([part.uv / np.float32(palette.scale(part.finish)) for _, part in parts]),
        color=None,
    )
