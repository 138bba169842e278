"""The default thresholds on a furnished home: bare walls go, furnished views stay."""

from __future__ import annotations

import numpy as np
import pytest

from factory.navigation import NavigationMap, build_map
from factory.quality import find_sightings, judge, score
from scene_adapters.registry import adapter
from schemas.arrays import Bool
from schemas.episodes import RenderedEpisode
from schemas.recipe import Quality, Scenes
from schemas.robots import Body
from schemas.scenes import Scene
from tests.views import look, plan_of

VIEWS = 500


def home() -> Scene:
    section = Scenes(dataset="procedural", options={"first_seed": 11, "count": 1})
    procedural = adapter("procedural")
    return procedural.load(procedural.list(section)[0], section)


def looking_around(scene: Scene) -> RenderedEpisode:
    """Frames from free places in all directions."""
    built = build_map(scene, scene.storeys[0], Body(0.25, 1.0, 0.1, 0.5), 0.1, 10**7)
    assert isinstance(built, NavigationMap)
    draws = np.random.default_rng(0)
    cells = np.argwhere(built.esdf > 0.3)
    places = built.centres(cells[draws.integers(len(cells), size=VIEWS)].astype(np.int32))
    return look(scene, plan_of(scene, places, draws.uniform(-np.pi, np.pi, VIEWS)))


@pytest.mark.slow
def test_no_bare_wall_is_kept_and_furnished_views_are() -> None:
    scene = home()
    frames = looking_around(scene)
    seen = find_sightings(frames, len(scene.instances))
    category = np.array(["void", *(instance.category for instance in scene.instances)])
    walls: Bool = np.isin(category, ["wall", "ceiling"])
    others: Bool = ~np.isin(category, ["void", "wall", "ceiling", "floor", "misc"])
    things: Bool = others & (category != "door")
    bare = (seen.share[:, walls].sum(axis=1) > 0.75) & ((seen.share[:, others] >= 0.01).sum(axis=1) == 0)
    furnished = ((seen.share[:, things] >= 0.01).sum(axis=1) >= 3) & (seen.share[:, things].sum(axis=1) > 0.15)
    kept = np.array([judge(score(still(frames, t), scene), Quality()) is None for t in range(VIEWS)])
    assert bare.sum() >= 10
    assert furnished.sum() >= 50
    assert not kept[bare].any()
    assert kept[furnished].mean() >= 0.9


def still(frames: RenderedEpisode, frame: int) -> RenderedEpisode:
    """An episode that shows one view all the time, long enough for reference objects to count."""
    depth, instance = (np.repeat(images[frame : frame + 1], 5, axis=0) for images in (frames.depth, frames.instance))
    return RenderedEpisode(frames.plan, (), depth, instance, {})
