"""The homes of the rendering benchmark, and where in them one looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from factory.navigation import NavigationMap, build_map, plan_episodes, storeys_of
from scene_adapters.procedural.home import home
from schemas.arrays import Int64
from schemas.cameras import preset
from schemas.episodes import EpisodePlan
from schemas.identity import episode_id
from schemas.outcomes import Rejected
from schemas.recipe import Navigation, RobotSpec
from schemas.robots import Body
from schemas.scenes import Lighting, Scene, make_scene

LIT = {"small": (1, "small"), "flat": (3, "flat"), "large": (5, "large")}
SCAN = "scan"  # the flat again, its textures taken as they are: unlit, as a scan is
VIEWS = 4  # at which a home's frames are compared with its references
EPISODE = 20  # frames
WALKS = 6
FIELDS = ("times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room")
GOLDEN = 0.6180339887498949


def scene_of(name: str) -> Scene:
    """The home of that name: one of `LIT`, or `SCAN`."""
    if name != SCAN:
        return home(*LIT[name])
    lit = home(*LIT["flat"])
    return make_scene(
        replace(lit.ref, name=SCAN), lit.mesh, lit.instances, rooms=lit.rooms, storeys=lit.storeys,
        lighting=Lighting.UNLIT, sky=lit.sky,
    )  # fmt: skip


def frames_of(scene: Scene, frames: int, each: int = EPISODE) -> list[EpisodePlan]:
    """So many frames spread over the same six walks, in episodes of `each`.

    The first VIEWS of them are the views; whichever number comes first is spread over all the walks.
    """
    walks = _walks(scene)
    whole: dict[str, Any] = {field: np.concatenate([getattr(walk, field) for walk in walks]) for field in FIELDS}
    chosen = _spread(len(whole["yaw"]), frames)
    return [
        replace(
            walks[0],
            episode_id=episode_id(scene.ref.dataset, scene.ref.name, 0, index),
            index=index,
            **{field: values[chosen[first : first + each]] for field, values in whole.items()},
        )
        for index, first in enumerate(range(0, frames, each))
    ]


def _walks(scene: Scene) -> list[EpisodePlan]:
    settings = Navigation()
    storey = storeys_of(scene)[0]

    def maps(body: Body) -> NavigationMap | Rejected:
        return build_map(scene, storey, body, settings.resolution, settings.max_cells)

    walks = plan_episodes(scene, storey, RobotSpec(), preset("d435i"), settings, 0, range(WALKS), maps)
    return [walk for _, walk in walks if not isinstance(walk, Rejected)]


def _spread(length: int, count: int) -> Int64:
    """Indices below `length`: the VIEWS inner ones of an even division, then multiples of the golden ratio."""
    views = np.linspace(0, length - 1, VIEWS + 2).round()[1:-1]
    others = np.arange(1, count + 1) * GOLDEN % 1 * length
    return np.asarray(np.concatenate([views, others])[:count].astype(np.int64))
