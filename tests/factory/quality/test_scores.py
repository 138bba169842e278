"""Scores and verdicts, on made cases whose answer is plain."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from factory.quality import judge, score
from schemas.arrays import UInt16
from schemas.episodes import EpisodePlan, RenderedEpisode, Scores
from schemas.outcomes import Reason
from schemas.recipe import Quality
from tests.rooms import two_rooms
from tests.views import look, plan_of, walk

SCENE = two_rooms()
WALL, SOFA, TABLE, BED, PLANT = 6, 11, 12, 14, 16
GOOD = Scores(4.0, 3.0, 2.0, 0.0, 0.0, 5, 1.0)


def painted(instance: UInt16, depth_mm: int = 3000) -> RenderedEpisode:
    plan = plan_of(SCENE, np.zeros((len(instance), 2)), np.zeros(len(instance)))
    return RenderedEpisode(plan, (), np.full_like(instance, depth_mm), instance, {})


def facing(x: float, y: float, yaw: float, frames: int = 30) -> EpisodePlan:
    return plan_of(SCENE, np.tile([[x, y]], (frames, 1)), np.full(frames, yaw))


def test_a_camera_facing_a_bare_wall_is_rejected() -> None:
    verdict = judge(score(look(SCENE, facing(3.5, 0.7, -math.pi / 2)), SCENE), Quality())
    assert verdict is not None
    assert verdict.reason is Reason.FACING_SURFACE
    assert "near_surface 1 > " in verdict.detail


def test_a_camera_facing_a_bare_wall_from_afar_is_rejected() -> None:
    verdict = judge(score(look(SCENE, facing(4.0, 3.0, -math.pi / 2)), SCENE), Quality())
    assert verdict is not None
    assert verdict.reason is Reason.FEW_INSTANCES


def test_a_furnished_view_is_kept() -> None:
    scores = score(look(SCENE, walk(SCENE, [(4.5, 0.5), (3.2, 1.2), (2.8, 2.6)])), SCENE)
    assert judge(scores, Quality()) is None
    assert scores.instances >= 2


def test_a_camera_against_a_wardrobe_is_rejected() -> None:
    verdict = judge(score(look(SCENE, facing(8.2, 2.6, math.pi / 2)), SCENE), Quality())
    assert verdict is not None
    assert verdict.reason is Reason.FACING_SURFACE


@pytest.mark.parametrize(("surface", "share"), [("FLOOR", 0.0), ("WALL", 1.0), ("SOFA", 1.0)])
def test_a_near_wall_or_thing_that_fills_the_frame_counts_and_the_floor_does_not(surface: str, share: float) -> None:
    ids = {"FLOOR": 1, "WALL": WALL, "SOFA": SOFA}
    near = painted(np.full((4, 16, 16), ids[surface], dtype=np.uint16), depth_mm=900)
    assert score(near, SCENE).near_surface == share


def test_two_walls_of_a_corner_are_one_surface() -> None:
    instance = np.full((4, 16, 16), WALL, dtype=np.uint16)
    instance[:, :, 8:] = WALL + 1
    assert score(painted(instance, depth_mm=900), SCENE).near_surface == 1
    assert score(painted(instance, depth_mm=1500), SCENE).near_surface == 0


def test_entropy_of_four_equal_categories_is_two_bits() -> None:
    instance = np.zeros((3, 16, 16), dtype=np.uint16)
    for quarter, thing in enumerate((SOFA, TABLE, BED, WALL)):
        instance[:, :, 4 * quarter : 4 * quarter + 4] = thing
    scores = score(painted(instance), SCENE)
    assert scores.entropy == pytest.approx(2.0)
    assert (scores.instances, scores.categories) == (3, 3)


def test_structure_counts_neither_as_instance_nor_as_reference() -> None:
    scores = score(painted(np.full((10, 16, 16), WALL, dtype=np.uint16)), SCENE)
    assert (scores.instances, scores.categories, scores.references, scores.entropy) == (0, 0, 0, 0)


def test_pixels_without_an_instance_are_unlabelled() -> None:
    instance = np.full((10, 16, 16), SOFA, dtype=np.uint16)
    instance[:5, :, 8:] = 0
    scores = score(painted(instance), SCENE)
    assert scores.unlabeled == pytest.approx(0.25)


def test_a_reference_is_seen_for_five_frames() -> None:
    instance = np.full((10, 16, 16), WALL, dtype=np.uint16)
    instance[:4, :, 8:] = SOFA
    instance[:5, :, :4] = BED
    assert score(painted(instance), SCENE).references == 1


def test_the_frame_with_least_depth_decides() -> None:
    rendered = painted(np.full((4, 16, 16), SOFA, dtype=np.uint16))
    rendered.depth[2, :, 4:] = 0
    assert score(rendered, SCENE).depth == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"depth": 0.1}, Reason.MISSING_DEPTH),
        ({"unlabeled": 0.9}, Reason.UNLABELED),
        ({"near_surface": 0.9}, Reason.FACING_SURFACE),
        ({"instances": 0.0}, Reason.FEW_INSTANCES),
        ({"categories": 0.0}, Reason.FEW_CATEGORIES),
        ({"entropy": 0.1}, Reason.LOW_ENTROPY),
        ({"references": 0}, Reason.FEW_REFERENCES),
    ],
)
def test_each_threshold_rejects_with_its_reason(change: dict[str, float], reason: Reason) -> None:
    assert judge(GOOD, Quality()) is None
    verdict = judge(replace(GOOD, **change), Quality())  # type: ignore[arg-type]
    assert verdict is not None
    assert verdict.reason is reason
    assert next(iter(change)) in verdict.detail


def test_a_value_on_the_threshold_is_kept() -> None:
    limits = Quality()
    edge = Scores(limits.min_instances, limits.min_categories, limits.min_entropy, limits.max_unlabeled,
                  limits.max_near_surface, limits.min_references, limits.min_depth)  # fmt: skip
    assert judge(edge, limits) is None


def test_the_cause_is_named_before_the_symptom() -> None:
    verdict = judge(replace(GOOD, near_surface=1.0, instances=0.0, entropy=0.0), Quality())
    assert verdict is not None
    assert verdict.reason is Reason.FACING_SURFACE
