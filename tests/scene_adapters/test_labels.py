from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scene_adapters.labels import _PHRASES, category_of
from schemas.categories import MPCAT40


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("sofa", "sofa"),
        ("Sofa_01.003", "sofa"),
        ("glass coffee table", "table"),
        ("TableLamp", "lighting"),
        ("kitchen shelves", "shelving"),
        ("door frame", "door"),
        ("mirror ", "mirror"),
        ("frl_apartment_rug_02", "floor"),
        ("frl_apartment_indoor_plant_01", "plant"),
        ("wall-plug", "objects"),
        ("chest_of_drawers", "chest_of_drawers"),
        ("tv_monitor", "tv_monitor"),
        ("King-size Bed", "bed"),
        ("WallInner", "wall"),
        ("leg of a chair", "chair"),
        ("bunches of grapes", "objects"),
        ("bunches of grapes on a dish", "objects"),
        ("Cube.001", None),
        ("", None),
        ("12345", None),
    ],
)
def test_labels_as_people_write_them_find_their_category(label: str, category: str | None) -> None:
    assert category_of(label) == category


@pytest.mark.parametrize("category", MPCAT40)
def test_every_category_means_itself(category: str) -> None:
    assert category_of(category) == category


def test_every_phrase_of_the_table_means_its_own_line() -> None:
    assert set(_PHRASES.values()) <= set(MPCAT40)
    assert [phrase for phrase, category in _PHRASES.items() if category_of(phrase) != category] == []


@given(st.text(max_size=200))
def test_any_text_has_a_category_or_none(label: str) -> None:
    assert category_of(label) in (None, *MPCAT40)
