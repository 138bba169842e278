"""Runs: what a folder belongs to, which units follow from a recipe and its scenes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from factory.storage import open_storage
from pipelines.runs import (
    claim,
    free_areas,
    list_scenes,
    read_run,
    read_survey,
    survey_name,
    survey_scene,
    units_of,
    written_shards,
)
from scene_adapters.procedural.home import home
from schemas.errors import RecipeError, SceneError, StorageError
from schemas.recipe import Recipe, parse_recipe
from tests.runs import RECIPE


def _recipe(**changes: str) -> Recipe:
    text = RECIPE
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse_recipe(text, "here")


@pytest.fixture
def storage(tmp_path):
    return open_storage(str(tmp_path / "out"))


def test_a_folder_is_claimed_once_and_belongs_to_its_recipe(storage):
    claim(storage, _recipe())
    claim(storage, _recipe())
    assert read_run(storage).name == "tiny"
    with pytest.raises(StorageError, match=r"another recipe \(seed differ\)"):
        claim(storage, _recipe(**{"seed = 3": "seed = 4"}))


def test_the_engine_is_not_part_of_what_a_folder_belongs_to(storage):
    claim(storage, _recipe())
    claim(storage, _recipe(**{'executor = "inline"': 'executor = "ray"\nworkers = 7'}))


def test_more_episodes_extend_a_run_but_other_shards_do_not(storage):
    claim(storage, _recipe())
    claim(storage, _recipe(**{"per_storey = 6": "per_storey = 60"}))
    assert read_run(storage).episodes.per_storey == 60
    with pytest.raises(StorageError, match="per_unit"):
        claim(storage, _recipe(**{"per_unit = 2": "per_unit = 3"}))


def test_shards_of_unknown_origin_are_not_added_to(storage):
    storage.write("shards/a.tar", b"")
    with pytest.raises(StorageError, match="no run.json"):
        claim(storage, _recipe())


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"recipe": {"name": 3}}', b"\xff"])
def test_a_damaged_run_file_is_told(storage, content):
    storage.write("run.json", content)
    with pytest.raises((StorageError, RecipeError), match="run.json"):
        read_run(storage)


def test_a_scene_is_surveyed_and_its_units_follow(storage):
    recipe = _recipe(**{"per_storey = 6": "per_storey = 5"})
    (task,) = list_scenes(recipe)
    survey_scene(task, recipe, storage)
    survey = read_survey(storage, task)
    assert survey.areas[0] > 3
    units = [shard.unit for shard in units_of(recipe, task, survey)]
    assert [(unit.first, unit.count) for unit in units] == [(0, 2), (2, 2), (4, 1)]
    assert len({unit.id for unit in units}) == 3
    assert {unit.scene_digest for unit in units} == {survey.digest}


def test_another_seed_or_setting_makes_other_units_of_the_same_scene(storage):
    recipe = _recipe()
    (task,) = list_scenes(recipe)
    survey_scene(task, recipe, storage)
    survey = read_survey(storage, task)
    ids = {units_of(recipe, task, survey)[0].id}
    for change in ({"seed = 3": "seed = 4"}, {"spacing = 0.0625": "spacing = 0.05"}):
        ids.add(units_of(_recipe(**change), task, survey)[0].id)
    assert len(ids) == 3


def test_a_damaged_survey_is_told(storage):
    (task,) = list_scenes(_recipe())
    storage.write(survey_name(task), json.dumps({"scene": 1}).encode())
    with pytest.raises(StorageError, match="damaged"):
        read_survey(storage, task)


def test_a_home_without_room_for_the_robot_is_told(storage):
    recipe = _recipe(**{"[quality]": "[robot]\nradius = [1.9, 1.9]\n[quality]"})
    (task,) = list_scenes(recipe)
    with pytest.raises(SceneError, match="no storey with"):
        survey_scene(task, recipe, storage)


def test_what_an_adapter_noted_of_a_scene_without_floor_is_told():
    scene = replace(home(1, "small"), notes=("left out stages/flat: there is no such file",))
    giant = _recipe(**{"[quality]": "[robot]\nradius = [1.9, 1.9]\n[quality]"})
    with pytest.raises(SceneError, match="no storey with.*noted: left out stages/flat"):
        free_areas(scene, giant)


def test_a_scene_listed_twice_is_told():
    twice = RECIPE.replace("[episodes]", '[[scenes]]\ndataset = "procedural"\noptions = { first_seed = 1, count = 1, kind = "small" }\n[episodes]')  # fmt: skip  # noqa: E501
    with pytest.raises(RecipeError, match="listed twice"):
        list_scenes(parse_recipe(twice, "x"))


def test_shards_with_episodes_are_listed_in_order_and_none_is_told(run_folder, storage):
    made = written_shards(open_storage(run_folder))
    assert [(manifest.unit.first, manifest.written) for manifest in made] == [(0, 2), (2, 1)]
    with pytest.raises(StorageError, match="no finished shards with episodes"):
        written_shards(storage)
