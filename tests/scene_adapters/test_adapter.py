from __future__ import annotations

import pytest

from scene_adapters.adapter import chosen, options
from schemas.errors import RecipeError
from schemas.recipe import Scenes
from schemas.scenes import SceneRef

REFS = [SceneRef("d", name, name, "CC0-1.0") for name in ("room_1", "hotel_0", "room_0")]


def names(**section: object) -> list[str]:
    return [ref.name for ref in chosen(REFS, Scenes.model_validate({"dataset": "d", **section}))]


def test_all_scenes_come_in_order_of_name() -> None:
    assert names() == ["hotel_0", "room_0", "room_1"]


def test_select_takes_names_and_patterns_and_limit_the_first_of_them() -> None:
    assert names(select=("room_1",)) == ["room_1"]
    assert names(select=("room_*", "hotel_0"), limit=2) == ["hotel_0", "room_0"]


def test_a_pattern_that_fits_nothing_is_refused_with_what_there_is() -> None:
    with pytest.raises(RecipeError, match=r"'kitchen'.*there are 3: hotel_0"):
        names(select=("room_0", "kitchen"))


def test_options_are_filled_in_with_defaults() -> None:
    section = Scenes(dataset="d", options={"missing": "skip", "labels": "my.tsv"})
    found = options(section, {"missing": ("error", "skip"), "labels": "", "up": ("auto", "z")})
    assert found == {"missing": "skip", "labels": "my.tsv", "up": "auto"}


@pytest.mark.parametrize(
    ("given", "hint"), [({"missin": "skip"}, "did you mean 'missing'"), ({"missing": "skipp"}, "did you mean 'skip'")]
)
def test_wrong_options_are_answered_with_the_closest(given: dict[str, str], hint: str) -> None:
    with pytest.raises(RecipeError, match=hint):
        options(Scenes.model_validate({"dataset": "d", "options": given}), {"missing": ("error", "skip")})
