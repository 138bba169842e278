"""Recipes: what is refused, with which words, and what the digest depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import RecipeError
from schemas.recipe import load_recipe, parse_recipe, parse_recipe_json

MINIMAL = 'name = "small"\n[[scenes]]\ndataset = "procedural"\n'


def test_a_minimal_recipe_has_the_published_defaults():
    recipe = parse_recipe(MINIMAL, "here")
    assert recipe.robot.camera_height == (0.25, 1.25)
    assert recipe.robot.camera_pitch_down_deg == (0.0, 30.0)
    assert recipe.camera.camera().name == "d435i"
    assert recipe.navigation.spacing == 0.04


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ("[robot]\nradus = [0.2, 0.3]\n", "robot.radus: unknown key; did you mean 'radius'"),
        ("[navigaton]\nspacing = 0.04\n", "navigaton: unknown key; did you mean 'navigation'"),
        ("[navigation]\nspacing = -1\n", "navigation.spacing: Input should be greater than"),
        ("[navigation]\ndistance = [5, 2]\n", "a range goes from low to high, not 5.0 to 2.0"),
        ('[camera]\npreset = "d435"\n', "did you mean 'd435i'"),
        ('[camera]\npreset = "d435i"\nwidth = 10\n', "give a preset or numbers, not both"),
        ("[camera]\nwidth = 64\n", "all of width, height, fx, fy, cx, cy"),
        ("[robot]\nstep_height = 0.4\nbody_height = [0.3, 0.5]\n", "body_height must lie above step_height"),
        ("[robot]\ncamera_height = [0.0, 1.0]\n", "camera_height must lie in"),
        ("[quality]\nmin_depth = nan\n", "quality.min_depth: Input should be a finite number"),
        ('[captioning]\nbackend = "gpt"\n', "captioning.backend: Input should be 'grounded'"),
        ("name = 3 =\n", "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_way_out(addition, words):
    text = MINIMAL + addition if "=" not in addition.splitlines()[0] else addition
    with pytest.raises(RecipeError, match="recipe.toml") as caught:
        parse_recipe(text, "recipe.toml")
    assert words in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(RecipeError) as caught:
        parse_recipe(MINIMAL + "[robot]\nradus = 1\n[clips]\nwindow = 0\n", "x")
    assert "robot.radus" in str(caught.value)
    assert "clips.window" in str(caught.value)


def test_the_engine_and_the_choice_of_scenes_do_not_change_what_a_unit_makes():
    base = parse_recipe(MINIMAL, "x").data_digest()
    for same in ('[engine]\nexecutor = "inline"\n', "[episodes]\nper_storey = 7\n"):
        assert parse_recipe(MINIMAL + same, "x").data_digest() == base
    for other in ("[navigation]\nspacing = 0.05\n", "[rendering]\nsamples = 5\n", '[camera]\npreset = "habitat"\n'):
        assert parse_recipe(MINIMAL + other, "x").data_digest() != base


def test_a_camera_given_by_numbers_is_used_as_it_is():
    numbers = '[camera]\nname = "mine"\nwidth = 64\nheight = 48\nfx = 40\nfy = 50\ncx = 20.5\ncy = 31.25\n'
    camera = parse_recipe(MINIMAL + numbers, "x").camera.camera()
    assert (camera.name, camera.fy, camera.cx) == ("mine", 50.0, 20.5)


def test_a_missing_file_and_a_binary_one_are_told_apart(tmp_path: Path):
    with pytest.raises(RecipeError, match=r"cannot be read \(No such file"):
        load_recipe(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="not UTF-8"):
        load_recipe(tmp_path / "bad.toml")


def test_a_recipe_survives_json():
    recipe = parse_recipe(MINIMAL + "[episodes]\nper_storey = 7\n", "x")
    assert parse_recipe_json(recipe.model_dump(mode="json"), "y") == recipe


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("recipes/*.toml")), ids=lambda p: p.name)
def test_every_shipped_recipe_can_be_used(path: Path):
    assert load_recipe(path).scenes
