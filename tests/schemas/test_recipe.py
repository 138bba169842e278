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


MOUNTS = """
[[robot.mounts]]
name = "125cm_30deg"
height = 1.25
pitch_down_deg = 30
[[robot.mounts]]
name = "60cm_15deg"
height = 0.6
"""


def test_mounts_are_read_in_degrees_and_change_the_data():
    recipe = parse_recipe(MINIMAL + MOUNTS, "x")
    first, second = (mount.mount() for mount in recipe.robot.mounts)
    assert (first.name, first.height) == ("125cm_30deg", 1.25)
    assert first.pitch_down == pytest.approx(0.5235988)
    assert (second.height, second.pitch_down) == (0.6, 0.0)
    assert recipe.data_digest() != parse_recipe(MINIMAL, "x").data_digest()
    assert parse_recipe_json(recipe.model_dump(mode="json"), "y") == recipe


def test_a_recipe_without_mounts_names_its_units_as_before_there_were_any(monkeypatch):
    digested: list[dict[str, dict[str, object]]] = []
    monkeypatch.setattr("schemas.recipe.digest", lambda _, content: digested.append(content))
    for text in (MINIMAL, MINIMAL + MOUNTS):
        parse_recipe(text, "x").data_digest()
    assert set(digested[1]["robot"]) - set(digested[0]["robot"]) == {"mounts"}


def test_another_unit_of_depth_changes_the_data_and_the_usual_one_says_nothing():
    plain, fine = (parse_recipe(MINIMAL + text, "x") for text in ("", "[rendering]\ndepth_scale = 0.0001\n"))
    assert parse_recipe(MINIMAL + "[rendering]\ndepth_scale = 0.001\n", "x").data_digest() == plain.data_digest()
    assert fine.data_digest() != plain.data_digest()
    assert parse_recipe_json(fine.model_dump(mode="json"), "y") == fine


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("60cm_15deg", "60cm.15deg", "robot.mounts.1: mount '60cm.15deg': a name has 1 to 11 small letters"),
        ("60cm_15deg", "125cm_30deg", "robot: each of the mounts needs a name of its own"),
        ("height = 0.6", "height = 3.5", "mount 60cm_15deg: give a height in (0, 3] m"),
        ("height = 0.6", "hight = 0.6", "robot.mounts.1.hight: unknown key; did you mean 'height'"),
        ("pitch_down_deg = 30", "pitch_down_deg = 90", "mount 125cm_30deg: give a height"),
    ],
)
def test_a_mount_that_cannot_be_is_named(old, new, words):
    with pytest.raises(RecipeError) as caught:
        parse_recipe(MINIMAL + MOUNTS.replace(old, new), "x")
    assert words in str(caught.value)


def test_a_sensor_is_off_until_it_is_asked_for():
    recipe = parse_recipe(MINIMAL, "x")
    assert recipe.sensor is None
    asked = parse_recipe(MINIMAL + "[sensor]\n", "x")
    assert asked.sensor is not None
    assert asked.sensor.baseline == 0.05
    assert asked.data_digest() != recipe.data_digest()
    assert parse_recipe_json(asked.model_dump(mode="json"), "y") == asked


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("basline = 0.05", "sensor.basline: unknown key; did you mean 'baseline'"),
        ("nearest = 7", "nearest must be below fades"),
        ("fades = 12", "fades at most farthest"),
        ("grazing_deg = 88", "sensor.grazing_deg"),
        ("baseline = 0", "sensor.baseline"),
    ],
)
def test_a_sensor_that_cannot_be_is_named(line, words):
    with pytest.raises(RecipeError) as caught:
        parse_recipe(MINIMAL + "[sensor]\n" + line, "x")
    assert words in str(caught.value)


def test_variation_is_off_until_it_is_asked_for():
    plain, asked = parse_recipe(MINIMAL, "x"), parse_recipe(MINIMAL + "[variation]\n", "x")
    assert plain.variation is None
    assert asked.variation is not None
    assert asked.variation.per_look == 20
    assert plain.data_digest() != asked.data_digest()
    assert parse_recipe_json(asked.model_dump(mode="json"), "y") == asked


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("per_look = 0", "variation.per_look"),
        ("hours = [20, 25]", "hours must lie in [0, 24]"),
        ("hours = [20, 5]", "a range goes from low to high"),
        ("lamps = [0, 1]", "lamps must lie in [0.05, 20]"),
        ("lamp_kelvin = [500, 3000]", "lamp_kelvin must lie in [1500, 12000]"),
        ("exposure = [-9, 0]", "exposure must lie in [-4, 4]"),
        ("paint = 1.5", "variation.paint"),
        ("hour = [8, 9]", "variation.hour: unknown key; did you mean 'hours'"),
    ],
)
def test_a_variation_that_cannot_be_is_named(line, words):
    with pytest.raises(RecipeError) as caught:
        parse_recipe(MINIMAL + "[variation]\n" + line, "x")
    assert words in str(caught.value)


def test_which_model_writes_changes_the_data_and_where_it_runs_does_not():
    text = MINIMAL + '\n[captioning]\nbackend = "vllm"\n[captioning.refiner]\nmodel = "tiny"\n'
    base = parse_recipe(text, "x").data_digest()
    for same in ("vllm = { actors = 4, batch_size = 9 }", 'servers = { urls = ["http://b/v1"], retries = 1 }'):
        assert parse_recipe(text + same, "x").data_digest() == base
    for other in ("temperature = 0.5", "max_tokens = 9", 'revision = "v2"', "thinking = true"):
        assert parse_recipe(text + other, "x").data_digest() != base


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("servers = { urls = [] }", "at least 1 item"),
        ('servers = { api_key = "hunter2" }', "did you mean 'api_key_env'"),
        ("vllm = { gpu_memory = 1.0 }", "less than 1"),
        ("vllm = { actor = 2 }", "did you mean 'actors'"),
        ("temperature = -1", "greater than or equal to 0"),
        ('model = ""', "at least 1 character"),
    ],
)
def test_a_model_that_cannot_be_asked_is_named(line, words):
    name = "" if line.startswith("model") else 'model = "tiny"\n'
    with pytest.raises(RecipeError, match=words) as error:
        parse_recipe(f"{MINIMAL}\n[captioning.describer]\n{name}{line}\n", "x")
    assert "captioning.describer" in str(error.value)
    assert "hunter2" not in str(error.value)
