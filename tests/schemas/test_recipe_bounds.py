"""The edges of what a recipe may say: the last value that is taken, the first that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import RecipeError
from schemas.recipe import Recipe, Scenes, parse_recipe, parse_recipe_json

MINIMAL: dict[str, Any] = {"name": "small", "scenes": [{"dataset": "procedural"}]}

KEYS = st.sampled_from(["name", "scenes", "robot", "camera", "radius", "x"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
)


def recipe(**sections: Any) -> Recipe:
    return parse_recipe_json(MINIMAL | sections, "here")


@pytest.mark.parametrize(
    ("section", "key", "taken", "refused"),
    [
        ("episodes", "per_storey", 1, 0),
        ("episodes", "per_storey", 1_000_000, 1_000_001),
        ("episodes", "per_unit", 10_000, 10_001),
        ("robot", "step_height", 0.49, 0.51),
        ("robot", "max_slope_deg", 89.9, 90.0),
        ("robot", "radius", [2.0, 2.0], [0.2, 2.1]),
        ("robot", "radius", [0.01, 0.2], [0.0, 0.2]),
        ("robot", "body_height", [0.11, 3.0], [0.1, 3.0]),
        ("robot", "body_height", [0.5, 3.0], [0.5, 3.1]),
        ("robot", "camera_height", [0.1, 3.0], [0.1, 3.1]),
        ("robot", "camera_pitch_down_deg", [-89.0, 89.0], [-90.0, 0.0]),
        ("navigation", "resolution", 0.01, 0.009),
        ("navigation", "resolution", 0.25, 0.26),
        ("navigation", "clearance_margin", 0.0, -0.01),
        ("navigation", "max_curvature", 20.0, 0.0),
        ("navigation", "spacing", 0.006, 0.005),
        ("navigation", "pairs_per_start", 1, 0),
        ("navigation", "max_cells", 10_000, 9_999),
        ("rendering", "samples", 4096, 4097),
        ("rendering", "max_bounces", 0, -1),
        ("rendering", "jpeg_quality", 30, 29),
        # 65.535 m is the last depth that 16 bits of millimetres hold.
        ("rendering", "depth_limit", 65.0, 65.6),
        ("rendering", "depth_scale", 0.0001, 0.00001),
        ("rendering", "depth_scale", 0.001, 0.01),
        ("clips", "turn_deg", 180.0, 180.1),
        ("clips", "min_frames", 1, 0),
        ("quality", "max_unlabeled", 1.0, 1.01),
        ("quality", "min_references", 0, -1),
        ("engine", "workers", 1, 0),
        ("engine", "retries", 20, 21),
        ("engine", "cpus_per_unit", 0.25, 0.0),
        ("engine", "max_quarantined", 0.0, -0.1),
    ],
)
def test_bounds_are_where_they_are_said_to_be(section: str, key: str, taken: Any, refused: Any) -> None:
    kept = getattr(getattr(recipe(**{section: {key: taken}}), section), key)
    assert kept == (tuple(taken) if isinstance(taken, list) else taken)
    with pytest.raises(RecipeError, match=section):
        recipe(**{section: {key: refused}})


@pytest.mark.parametrize("name", ["a", "A-b_9", "x" * 64])
def test_names_that_are_good_in_a_path_are_taken(name: str) -> None:
    assert recipe(name=name).name == name


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "../up", "a/b", "é", "a\n", "a.b"])
def test_names_that_are_not_are_refused(name: str) -> None:
    with pytest.raises(RecipeError, match="name: String should"):
        recipe(name=name)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "one", None])
def test_a_seed_is_a_whole_number_of_63_bits(seed: object) -> None:
    assert recipe(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(RecipeError, match="seed"):
        recipe(seed=seed)


def test_a_recipe_without_scenes_makes_nothing_and_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"scenes: .*at least 1 item"):
        recipe(scenes=[])
    with pytest.raises(RecipeError, match="scenes: Field required"):
        parse_recipe('name = "x"\n', "here")


def test_a_wrong_key_in_the_second_scene_is_found_by_its_number() -> None:
    with pytest.raises(RecipeError, match=r"scenes\.1\.datset: unknown key; did you mean 'dataset'"):
        recipe(scenes=[{"dataset": "procedural"}, {"datset": "procedural"}])


def test_a_key_like_no_other_is_answered_with_all_that_there_are() -> None:
    with pytest.raises(RecipeError, match="episodes.zzz: unknown key; known keys: per_storey, per_unit"):
        recipe(episodes={"zzz": 1})


@pytest.mark.parametrize("content", [None, [], "recipe", 3, {"name": "x", "scenes": "procedural"}])
def test_what_is_no_table_is_a_recipe_error(content: object) -> None:
    with pytest.raises(RecipeError, match="here: this recipe cannot be used"):
        parse_recipe_json(content, "here")


@given(ANYTHING)
def test_whatever_is_parsed_gives_a_recipe_or_a_recipe_error(content: object) -> None:
    try:
        assert isinstance(parse_recipe_json(content, "here"), Recipe)
    except RecipeError as error:
        assert str(error).startswith("here: ")


def test_the_seed_and_every_section_of_the_data_change_the_digest() -> None:
    base = recipe().data_digest()
    changes: list[dict[str, Any]] = [
        {"seed": 1},
        {"robot": {"step_height": 0.09}},
        {"camera": {"preset": "habitat"}},
        {"navigation": {"speed": 0.9}},
        {"rendering": {"jpeg_quality": 91}},
        {"clips": {"turn_deg": 31}},
        {"quality": {"min_references": 3}},
    ]
    digests = {recipe(**change).data_digest() for change in changes}
    assert len(digests | {base}) == len(changes) + 1


def test_names_scenes_counts_and_machines_do_not_change_the_digest() -> None:
    base = recipe().data_digest()
    assert recipe(name="other").data_digest() == base
    assert recipe(captioning={"frames": 3, "styles": ["detailed"]}).data_digest() == base  # grounded heeds neither
    assert recipe(scenes=[{"dataset": "hm3d", "root": "/data", "limit": 3}]).data_digest() == base
    assert recipe(engine={"retries": 9, "workers": 64, "address": "ray://a:1"}).data_digest() == base
    assert recipe(episodes={"per_unit": 7, "per_storey": 7}).data_digest() == base


def test_saying_a_default_aloud_changes_nothing() -> None:
    assert recipe(camera={"preset": "d435i"}, seed=0, robot={"radius": [0.25, 0.25]}).data_digest() == (
        recipe().data_digest()
    )


def test_a_recipe_cannot_be_changed_behind_the_back_of_its_digest() -> None:
    made = recipe()
    with pytest.raises(ValueError, match="frozen"):
        made.seed = 3
    with pytest.raises(ValueError, match="frozen"):
        made.robot.step_height = 0.2


def test_options_of_an_adapter_keep_their_types() -> None:
    options = parse_recipe(
        'name = "x"\n[[scenes]]\ndataset = "files"\noptions = { a = 1, b = 1.0, c = true, d = "1" }\n', "here"
    )
    (section,) = options.scenes
    assert [type(value) for value in section.options.values()] == [int, float, bool, str]
    assert Scenes.model_validate_json(section.model_dump_json()) == section
