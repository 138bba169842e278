from __future__ import annotations

import pytest

from factory.rendering.cost import area, bake_seconds, frame_seconds, pays_to_bake
from schemas.cameras import pinhole
from schemas.recipe import Rendering
from tests.factory.rendering.views import walls
from tests.rooms import two_rooms

SCENE = two_rooms()
CAMERA = pinhole("small", 480, 270, 69.0)


def test_many_frames_pay_for_a_bake_and_a_few_do_not() -> None:
    quarter = pinhole("quarter", 240, 135, 69.0)
    assert not pays_to_bake(SCENE, Rendering(), quarter, 1)
    assert pays_to_bake(SCENE, Rendering(), quarter, 1000)


def test_it_pays_from_the_frame_on_where_both_cost_the_same() -> None:
    settings = Rendering()
    saved = frame_seconds(settings, CAMERA, "path-traced") - frame_seconds(settings, CAMERA, "baked")
    even = bake_seconds(SCENE) / saved
    assert not pays_to_bake(SCENE, settings, CAMERA, even * 0.99)
    assert pays_to_bake(SCENE, settings, CAMERA, even * 1.01)


def test_more_samples_larger_images_and_a_denoiser_make_a_frame_dearer() -> None:
    plain = frame_seconds(Rendering(samples=4, denoise=False), CAMERA, "path-traced")
    assert frame_seconds(Rendering(samples=8, denoise=False), CAMERA, "path-traced") == pytest.approx(2 * plain)
    assert frame_seconds(Rendering(samples=4), CAMERA, "path-traced") > plain
    large = pinhole("large", 960, 540, 69.0)
    assert frame_seconds(Rendering(samples=4, denoise=False), large, "path-traced") == pytest.approx(4 * plain)
    assert frame_seconds(Rendering(), CAMERA, "baked") < plain / 5


def test_the_area_is_that_of_all_triangles() -> None:
    assert area(walls([], [(1, 2, 3), (4, 5, 6)]).mesh) == pytest.approx(8.0)  # two squares of 2 m
