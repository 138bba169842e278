"""`navfoundry plan`: the figures follow from what was measured, and frames are thinned evenly."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import trimesh

from pipelines.estimate import _looks_a_unit, _mean, _render, _Sample, _thinned, estimate
from schemas.errors import RecipeError, SceneError
from schemas.recipe import parse_recipe
from tests import walks
from tests.runs import RECIPE, write_recipe

PLAN = walks.walk(frames=11).rendered.plan
ARRAYS = ("times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room")


def test_one_frame_of_a_walk_is_its_first() -> None:
    thin = _thinned(PLAN, 1)
    assert thin.frames == 1
    assert thin.positions[0] == pytest.approx(PLAN.positions[0])


def test_thinned_frames_are_spread_from_the_first_to_the_last() -> None:
    # Eleven frames to five: 0, 2.5, 5, 7.5, 10, of which the halves go to the even neighbour.
    thin = _thinned(PLAN, 5)
    assert thin.positions[:, 0] == pytest.approx(PLAN.positions[[0, 2, 5, 8, 10], 0])
    assert thin.times == pytest.approx(PLAN.times[[0, 2, 5, 8, 10]])


def test_thinning_takes_the_same_frames_of_every_array_and_nothing_else() -> None:
    thin = _thinned(PLAN, 3)
    for name in ARRAYS:
        assert np.array_equal(getattr(thin, name), getattr(PLAN, name)[[0, 5, 10]]), name
    assert (thin.start, thin.goal, thin.path_length) == (PLAN.start, PLAN.goal, PLAN.path_length)


def test_a_walk_shorter_than_what_is_asked_repeats_frames_and_stays_renderable() -> None:
    short = walks.walk(frames=3).rendered.plan
    assert _thinned(short, 5).positions[:, 0] == pytest.approx(short.positions[[0, 0, 1, 2, 2], 0])


def test_means_are_taken_over_the_scenes_looked_at() -> None:
    first = _Sample(1, 40.0, 1.0, 2.0, 0.1, 0.0, 1.0, 0.2, 1000.0)
    other = _Sample(2, 60.0, 0.5, 4.0, 0.3, 0.0, 3.0, 0.4, 3000.0)
    assert _mean([first, other], "frames") == 50.0
    assert _mean([first, other], "storeys") == 1.5
    assert _mean([other], "kept") == 0.5


@pytest.mark.parametrize(
    ("section", "starts"), [("", 1), ("per_look = 1", 2), ("per_look = 2", 1), ("per_look = 9", 1)]
)
def test_a_unit_starts_a_render_process_for_each_of_its_looks(section: str, starts: int) -> None:
    recipe = parse_recipe(f"{RECIPE}\n[variation]\n{section}\n" if section else RECIPE, "here")
    assert recipe.episodes.per_unit == 2
    assert _looks_a_unit(recipe) == starts


def test_the_bytes_of_further_cameras_and_of_a_sensor_count() -> None:
    plan = walks.walk(frames=11, robot=walks.THREE_EYED).rendered.plan
    *_, three = _render(parse_recipe(RECIPE, "here"), walks.scene(), [plan])
    *_, measured = _render(parse_recipe(f"{RECIPE}\n[sensor]\n", "here"), walks.scene(), [plan])
    *_, one = _render(parse_recipe(RECIPE, "here"), walks.scene(), [PLAN])
    assert 2 * one < three < 4 * one
    assert measured > 1.1 * three


def test_rendering_is_measured_in_seconds_and_bytes_a_frame() -> None:
    bake_s, start_s, frame_s, frame_bytes = _render(parse_recipe(RECIPE, "here"), walks.scene(), [PLAN])
    assert 0.0 <= bake_s < 1.0, "nothing is baked"
    assert 0.0 <= start_s < 60.0
    assert 0.0 <= frame_s < 5.0
    # A 48 × 32 view: colour, depth and mask, at most uncompressed (3 + 2 + 2 bytes a pixel and headers).
    assert 500 < frame_bytes < 48 * 32 * 7 + 1000


# Three scenes of one storey each, ten episodes a storey, four to a unit: nine units, the last of each half full.
WIDE = (
    RECIPE.replace("count = 1", "count = 3")
    .replace("per_storey = 6", "per_storey = 10")
    .replace("per_unit = 2", "per_unit = 4")
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The lines of the table by their first word."""
    lines = estimate(write_recipe(tmp_path_factory.mktemp("plan"), WIDE), 1).splitlines()
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"[\d,]*\.?\d+", text)]


def test_what_follows_from_the_recipe_is_exact(said: dict[str, str]) -> None:
    assert said["recipe"] == "tiny, seed 3; measured here on 1 of 3 scenes"
    assert said["scenes"] == "3, about 3 storeys"
    assert numbers(said["units"])[0] == 9
    assert numbers(said["episodes"])[0] == 30


def test_what_is_extrapolated_agrees_with_itself(said: dict[str, str]) -> None:
    attempted, kept = numbers(said["episodes"])[:2]
    total, each = numbers(said["frames"])[:2]
    assert 0 < kept <= attempted
    # Rounded figures: kept ± ½ episodes of each ± ½ frames.
    assert (kept - 0.5) * (each - 0.5) <= total <= (kept + 0.5) * (each + 0.5)


def test_hours_are_at_least_those_of_the_frames(said: dict[str, str]) -> None:
    hours, cores, frame_s = numbers(said["hours"])[:3]
    assert cores == 1
    # Both figures are rounded to a hundredth.
    assert hours + 0.005 >= numbers(said["frames"])[0] * max(0.0, frame_s - 0.005) / 3600


def test_scenes_that_no_robot_can_walk_in_are_left_out_of_the_figures_and_told(tmp_path: Path) -> None:
    trimesh.creation.box((4.0, 0.2, 2.5)).export(tmp_path / "wall.glb")
    wall = f'[[scenes]]\ndataset = "files"\nroot = "{tmp_path}"\noptions = {{ up = "z", unit = "m" }}\n'
    text = estimate(write_recipe(tmp_path, RECIPE.replace("[episodes]", f"{wall}[episodes]")), 2)
    assert "measured here on 1 of 2 scenes" in text
    assert "scenes       2, about 1 storeys" in text
    assert "units        3, one shard" in text
    assert "no walks     files/wall: no storey with 3.0 m²" in text


def test_where_no_scene_can_be_walked_in_the_reason_is_told(tmp_path: Path) -> None:
    giant = RECIPE.replace("[quality]", "[robot]\nradius = [1.9, 1.9]\n\n[quality]")
    with pytest.raises(SceneError, match="no storey with 3.0 m² for a robot of radius 1.9 m"):
        estimate(write_recipe(tmp_path, giant), 1)


def test_a_recipe_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        estimate(tmp_path / "none.toml", 1)
