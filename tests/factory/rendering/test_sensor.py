"""The sensor's faults are those that its formulas say, on views worked out by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from factory.rendering.sensor import grainy_color, mirror_shares, sensed_depth
from schemas.arrays import Float32, UInt8, UInt16
from schemas.cameras import preset
from schemas.recipe import Sensor
from schemas.scenes import Lighting
from tests.rooms import two_rooms

D435I = preset("d435i")
SHAPE = (D435I.height, D435I.width)
FOCAL_BASELINE = 355.81464 * 0.05
WHITE = np.full((*SHAPE, 3), 255, np.uint8)
MATT = np.zeros(SHAPE, np.float32)


def wall(metres: float) -> UInt16:
    return np.full(SHAPE, round(1000 * metres), np.uint16)


def sensed(
    depth: UInt16, sensor: Sensor | None = None, color: UInt8 = WHITE, mirrors: Float32 = MATT, seed: int = 0
) -> UInt16:
    return sensed_depth(depth, color, mirrors, D435I, sensor or Sensor(), np.random.default_rng(seed))


@pytest.mark.parametrize("metres", [1.0, 2.5, 5.0])
def test_errors_grow_with_the_square_of_the_distance(metres: float) -> None:
    measured = sensed(wall(metres), Sensor(disparity_step=1e-4)) / 1000
    expected = metres**2 * 0.08 / FOCAL_BASELINE
    assert (measured > 0).all()
    # Depth goes with 1/disparity, so its errors are a little skewed, and in whole millimetres.
    assert measured.std() == pytest.approx(expected, rel=0.05)
    assert measured.mean() == pytest.approx(metres, abs=0.1 * expected + 2 * expected**2 / metres)


def test_the_same_is_measured_in_any_unit_and_nothing_beyond_it() -> None:
    millimetres, tenths = wall(4.0), 10 * wall(4.0)
    tenths[:, :100] = 65_535
    fine = sensed_depth(tenths, WHITE, MATT, D435I, Sensor(), np.random.default_rng(0), 0.0001)
    inner = (slice(None), slice(102, None))  # edges fray by a pixel
    np.testing.assert_allclose(fine[inner] / 10, sensed(millimetres)[inner], atol=0.5001)
    assert (fine[:, :99] == 0).all()


def test_errors_of_neighbours_are_alike_and_those_of_others_are_not() -> None:
    error = sensed(wall(3.0)).astype(float) - 3000
    near, far = (np.corrcoef(error[:, :-step].ravel(), error[:, step:].ravel())[0, 1] for step in (1, 8))
    assert near > 0.4
    assert abs(far) < 0.05


def test_without_noise_depths_lie_on_whole_steps_of_disparity() -> None:
    ramp = np.broadcast_to(np.linspace(1000, 5000, SHAPE[1]).astype(np.uint16), SHAPE)
    measured = sensed(ramp, Sensor(disparity_noise=0, disparity_step=0.5))
    disparities = 1000 * FOCAL_BASELINE / np.unique(measured[measured > 0])
    # Whole millimetres move a disparity of 17 pixels at 1 m by up to 0.009.
    assert np.abs(disparities / 0.5 - np.rint(disparities / 0.5)).max() < 0.02
    assert len(disparities) == pytest.approx((FOCAL_BASELINE / 1 - FOCAL_BASELINE / 5) / 0.5, abs=2)


def test_left_of_a_near_thing_there_is_a_strip_that_only_the_left_imager_sees() -> None:
    view = wall(3.0)
    view[:, 200:280] = 1000
    holes = sensed(view)[100] == 0
    # f·B·(1/1 − 1/3) = 11.9 columns; edges fray by one.
    strip = np.flatnonzero(holes)
    assert abs(len(strip) - 11.9) <= 3
    assert strip.min() >= 200 - 13
    assert strip.max() <= 200
    assert (sensed(view)[:, 282:] > 0).all(), "nothing is hidden on the right"


def test_too_near_too_far_and_nothing_are_not_measured() -> None:
    for view in (wall(0.27), wall(10.1), wall(0.0)):
        assert sensed(view).max() == 0
    assert (sensed(wall(0.3)) > 0).all()
    half = (sensed(wall(8.0)) > 0).mean()
    assert half == pytest.approx(0.5, abs=0.05), "half way from 6 to 10 m"


def test_a_floor_is_lost_where_it_is_seen_at_a_grazing_angle() -> None:
    """From 0.5 m above a floor, level: a row v below the middle looks 0.5·f/v ahead, atan(f/v) off the normal."""
    rows = np.arange(SHAPE[0]) - 135.0
    ahead = np.where(rows > 0, 0.5 * D435I.fy / np.maximum(rows, 1e-9), 0)
    view = np.broadcast_to(np.rint(1000 * np.where(ahead < 20, ahead, 0)).astype(np.uint16)[:, None], SHAPE)
    kept = (sensed(view, Sensor(farthest=60, fades=60)) > 0).mean(axis=1)
    angle = np.degrees(np.arctan2(D435I.fy, rows))
    assert (kept[(rows > 0) & (angle < 74)] > 0.999).all()  # the rows above fray into it
    # Half way from the cosine of 76° to that of 88°, which is 82°; and nearly all at 87.5°.
    assert kept[np.abs(angle - 82).argmin()] == pytest.approx(0.5, abs=0.15)
    assert kept[np.abs(angle - 87.5).argmin()] < 0.2


def test_black_and_mirroring_surfaces_are_lost_in_part() -> None:
    black = np.zeros((*SHAPE, 3), np.uint8)
    assert (sensed(wall(2.0), color=black) == 0).mean() == pytest.approx(0.6, abs=0.04)
    dark = np.full((*SHAPE, 3), (20, 5, 0), np.uint8)
    # sRGB 20 is 0.0070 of white, 48 is 0.0296: what is left is 1 − 0.6 · (1 − 0.236).
    assert (sensed(wall(2.0), color=dark) == 0).mean() == pytest.approx(0.458, abs=0.04)
    assert (sensed(wall(2.0), mirrors=MATT + 1) == 0).mean() == pytest.approx(0.85, abs=0.03)
    assert (sensed(wall(2.0), mirrors=MATT + 0.5) == 0).mean() == pytest.approx(0.425, abs=0.04)


def test_matches_fail_in_patches() -> None:
    lost = sensed(wall(2.0), mirrors=MATT + 0.5) == 0
    lonely = lost & ~(np.roll(lost, 1, 1) | np.roll(lost, -1, 1) | np.roll(lost, 1, 0) | np.roll(lost, -1, 0))
    assert lonely.sum() < 0.01 * lost.sum()


def test_equal_draws_measure_alike_and_the_clean_depth_stays() -> None:
    view = wall(2.0)
    assert np.array_equal(sensed(view, seed=3), sensed(view, seed=3))
    assert not np.array_equal(sensed(view, seed=3), sensed(view, seed=4))
    assert (view == 2000).all()


@settings(max_examples=60)
@given(arrays.arrays(np.uint16, (9, 13), elements=st.sampled_from([0, 1, 300, 301, 900, 5000, 9999, 65535])))
def test_any_view_is_measured_and_nothing_is_seen_where_nothing_is_near(depth: UInt16) -> None:
    color = np.full((9, 13, 3), 200, np.uint8)
    measured = sensed_depth(depth, color, np.zeros((9, 13), np.float32), D435I, Sensor(), np.random.default_rng(1))
    assert measured.dtype == np.uint16
    assert measured.shape == depth.shape
    around = np.stack(
        [
            np.pad(depth, 1, mode="edge")[1 + dv : 10 + dv, 1 + du : 14 + du]
            for dv, du in itertools.product((-1, 0, 1), repeat=2)
        ]
    )
    assert (measured[(around == 0).all(axis=0)] == 0).all()


def test_grain_goes_with_the_root_of_the_light() -> None:
    noise = grainy_color(np.full((200, 300, 3), 128, np.uint8), 0.01, np.random.default_rng(0)) - 128.0
    # sRGB 128 is linear 0.2159, where sRGB rises by 1.075: 255 · 1.075 · 0.01 · √(0.2159 + 0.01).
    # Rounding to whole steps adds a twelfth to the variance.
    assert noise.std() == pytest.approx(np.hypot(1.303, np.sqrt(1 / 12)), rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.02)


def test_what_would_be_brighter_than_white_or_darker_than_black_is_white_and_black() -> None:
    ends = np.zeros((50, 60, 3), np.uint8)
    ends[:, 30:] = 255
    grainy = grainy_color(ends, 0.05, np.random.default_rng(0))
    assert grainy[:, :30].max() < 100
    assert grainy[:, 30:].min() > 200


def test_no_grain_is_no_change() -> None:
    image = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert np.array_equal(grainy_color(image, 0.0, np.random.default_rng(0)), image)


def test_the_share_of_mirror_and_glass_counts_by_area() -> None:
    scene = two_rooms()
    assert mirror_shares(scene).tolist() == [0.0] * (len(scene.instances) + 1)
    shiny: dict[str, dict[str, Any]] = {
        "fabric": {"metallic": 1.0, "roughness": 0.05},
        "print": {"transmission": 1.0},
        "wood": {"metallic": 1.0},
    }
    materials = tuple(replace(material, **shiny.get(material.name, {})) for material in scene.mesh.materials)
    mirrored = replace(scene, mesh=replace(scene.mesh, materials=materials))
    shares = mirror_shares(mirrored)
    assert {mirrored.instance(i).label for i in range(1, 17) if shares[i] > 0} == {"sofa", "bed", "picture"}
    assert shares[11] == pytest.approx(1.0)
    assert mirror_shares(replace(mirrored, lighting=Lighting.UNLIT)).max() == 0, "scans do not say what mirrors"
