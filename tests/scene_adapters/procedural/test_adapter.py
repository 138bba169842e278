from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scene_adapters.check import check_adapter
from scene_adapters.registry import adapter
from schemas.errors import RecipeError, SceneError
from schemas.recipe import Scenes
from tests.scene_adapters.procedural.homes import built

PROCEDURAL = adapter("procedural")


def section(**options: Any) -> Scenes:
    return Scenes(dataset="procedural", options=options)


def test_ten_homes_are_listed_when_nothing_is_said() -> None:
    names = [ref.name for ref in PROCEDURAL.list(section())]
    assert names == [f"home_{seed:06d}" for seed in range(10)]


def test_first_seed_count_and_kind_choose_the_homes() -> None:
    refs = PROCEDURAL.list(section(first_seed=7, count=2, kind="small"))
    assert [(ref.name, ref.source) for ref in refs] == [
        ("home_000007_small", "small:7"),
        ("home_000008_small", "small:8"),
    ]
    assert {ref.licence for ref in refs} == {"CC0-1.0"}


def test_select_and_limit_narrow_the_list() -> None:
    scenes = Scenes(dataset="procedural", select=("home_00000[3-8]",), limit=2)
    assert [ref.name for ref in PROCEDURAL.list(scenes)] == ["home_000003", "home_000004"]


def test_a_listed_home_is_the_home_of_its_seed() -> None:
    scenes = section(first_seed=0, count=1, kind="small")
    (ref,) = PROCEDURAL.list(scenes)
    scene = PROCEDURAL.load(ref, scenes)
    assert scene.ref == ref
    assert scene.digest == built(0, "small").digest


def test_the_adapter_keeps_the_promises_of_all_adapters() -> None:
    assert check_adapter(PROCEDURAL, section(count=1, kind="small")) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"firstseed": 1}, "did you mean 'first_seed'"),
        ({"colour": "red"}, "count, first_seed, kind"),
        ({"kind": "two_story"}, "did you mean 'two_storey'"),
        ({"kind": 3}, "no kind 3"),
        ({"count": 0}, "count = 0"),
        ({"count": True}, "count = True"),
        ({"count": 2.5}, "count = 2.5"),
        ({"first_seed": -1}, "first_seed = -1"),
        ({"first_seed": "one"}, "first_seed = 'one'"),
    ],
)
def test_a_wrong_option_is_named_with_what_would_be_right(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        PROCEDURAL.list(section(**options))


def test_a_root_is_refused_because_there_is_nothing_to_read() -> None:
    with pytest.raises(RecipeError, match="takes no root"):
        PROCEDURAL.list(Scenes(dataset="procedural", root="/data"))


@pytest.mark.parametrize("source", ["", "flat", "flat:", "castle:3", "flat:-1", "flat:1.5", "../../etc/passwd"])
def test_a_ref_of_somebody_else_is_refused(source: str) -> None:
    (ref,) = PROCEDURAL.list(section(count=1))
    with pytest.raises(SceneError, match="list the homes anew"):
        PROCEDURAL.load(replace(ref, source=source), section())
