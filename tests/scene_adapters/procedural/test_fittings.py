from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.procedural.elements import Element
from scene_adapters.procedural.fittings import build_doors, build_leaves, build_windows
from scene_adapters.procedural.openings import FRAME, Opening, OpeningKind
from scene_adapters.procedural.plan import Plan, PlanRoom
from scene_adapters.procedural.rectangles import Rectangle
from schemas.arrays import Float64
from tests.scene_adapters.procedural.homes import CHOSEN, designed

# A corridor below a bedroom; the door is in the wall y = 2 between them, near the bedroom's west end.
PLAN = Plan(
    "flat",
    (PlanRoom("corridor", 0, Rectangle(0, 0, 5, 2)), PlanRoom("bedroom", 0, Rectangle(0, 2, 5, 6))),
    2.5,
)
DOOR = Opening(OpeningKind.DOOR, (0, 1), 0, 2.0, 0.14, 1.12, 0.0, 2.08)
WINDOW = Opening(OpeningKind.WINDOW, (1, None), 0, 6.0, 1.0, 2.6, 0.9, 2.1)


def extent(element: Element) -> tuple[Float64, Float64]:
    vertices = np.concatenate([part.vertices for part in element.parts]).astype(float)
    return vertices.min(axis=0), vertices.max(axis=0)


def test_a_door_frame_lines_the_wall_and_leaves_the_way_clear() -> None:
    (frame,) = build_doors(PLAN, (DOOR,))
    low, high = extent(frame)
    np.testing.assert_allclose(low, [0.14 - 0.07, 1.925, 0.0], atol=1e-6)
    np.testing.assert_allclose(high, [1.12 + 0.07, 2.075, 2.15], atol=1e-6)
    for part in frame.parts:
        inside = (part.vertices[:, 0] > 0.14 + FRAME + 1e-3) & (part.vertices[:, 0] < 1.12 - FRAME - 1e-3)
        assert (part.vertices[inside, 2] > 2.0).all()


def test_an_open_leaf_stands_in_the_bedroom_by_the_near_wall() -> None:
    leaves = [leaf for seed in range(12) for leaf in build_leaves(PLAN, (DOOR,), np.random.default_rng(seed))]
    assert 4 <= len(leaves) <= 11
    for leaf in leaves:
        low, high = extent(leaf.element)
        assert leaf.element.room == 1
        assert low[1] > 2.0
        assert high[0] < 0.45
        assert 2.9 < high[1] < 3.1
        assert leaf.footprint.grown(0.03).contains(Rectangle(low[0], low[1], high[0], high[1]))


def test_the_front_door_is_shut() -> None:
    entrance = Opening(OpeningKind.ENTRANCE, (0, None), 1, 0.0, 0.5, 1.53, 0.0, 2.08)
    frame, leaf = build_doors(PLAN, (entrance,))
    low, high = extent(leaf)
    assert leaf.label == "front door"
    assert low[1] == pytest.approx(0.5 + FRAME)
    assert high[1] == pytest.approx(1.53 - FRAME)
    assert extent(frame)[1][2] == pytest.approx(2.15)


def test_a_window_fills_its_hole_with_frame_and_glass() -> None:
    (window,) = build_windows(PLAN, (WINDOW,))
    low, high = extent(window)
    np.testing.assert_allclose([low[2], high[2]], [0.9, 2.1], atol=1e-6)
    np.testing.assert_allclose([low[0], high[0]], [0.95, 2.65], atol=1e-6)
    glass = [part for part in window.parts if part.finish == "glass"]
    assert len(glass) == 2
    covered = sum(float(np.ptp(part.vertices[:, 0])) for part in glass)
    assert covered > 0.85 * 1.6
    for part in glass:
        assert (part.vertices[:, 1] > 6.0).all()
        a, b, c = part.vertices[part.triangles[0]]
        assert np.cross(b - a, c - a)[1] < 0, "the pane faces into the room"


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_there_is_a_frame_for_every_door_and_a_window_for_every_hole(seed: int, kind: str) -> None:
    made = designed(seed, kind)
    labels = [element.label for element in made.elements]
    kinds = [opening.kind for opening in made.openings]
    assert labels.count("door frame") == kinds.count(OpeningKind.DOOR) + 1
    assert labels.count("window") == kinds.count(OpeningKind.WINDOW)
    assert labels.count("front door") == 1


@pytest.mark.parametrize(("seed", "kind"), CHOSEN)
def test_no_open_leaf_is_in_the_way_of_another_door(seed: int, kind: str) -> None:
    made = designed(seed, kind)
    leaves = list(build_leaves(made.plan, made.openings, np.random.default_rng(3)))
    for leaf in leaves:
        crossed = [
            opening
            for opening in made.openings
            if opening.kind != OpeningKind.WINDOW
            and leaf.element.room in opening.rooms
            and opening.zone(0.7).overlaps(leaf.footprint.grown(-0.08))
        ]
        assert len(crossed) <= 1, "only its own door"
