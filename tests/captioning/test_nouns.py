"""Words: only known ones reach a text, and they take the right article and plural."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.nouns import noun_of, room_name
from schemas.categories import MPCAT40, STRUCTURE
from schemas.scenes import Instance, Room


def named(label: str, category: str = "objects") -> str | None:
    noun = noun_of(Instance(1, label, category, (0, 0, 0), (1, 1, 1), None))
    return noun.singular if noun else None


@pytest.mark.parametrize(
    ("label", "category", "name"),
    [
        ("dining chair", "chair", "dining chair"),
        ("Chair_17", "chair", "chair"),
        ("chest_of_drawers", "chest_of_drawers", "chest of drawers"),
        ("table top", "table", "table"),
        ("sofa 3", "sofa", "sofa"),
        ("couch", "sofa", "sofa"),
        ("TV", "tv_monitor", "television"),
        ("thing-0815", "tv_monitor", "television"),
        ("espresso machine", "appliances", "espresso machine"),
        ("piano", "furniture", "piano"),
        ("", "bed", "bed"),
    ],
)
def test_a_thing_has_its_own_name_where_we_know_the_word_else_its_categorys(
    label: str, category: str, name: str
) -> None:
    assert named(label, category) == name


@pytest.mark.parametrize(("label", "category"), [("stuff", "objects"), ("misc 7", "furniture"), ("blob", "appliances")])
def test_a_vague_category_without_a_known_word_is_no_landmark(label: str, category: str) -> None:
    assert named(label, category) is None


def test_structure_and_doors_are_never_landmarks() -> None:
    for category in STRUCTURE | {"door"}:
        assert named("chair", category) is None


def test_every_other_category_has_a_name() -> None:
    vague = {"objects", "furniture", "clothes", "appliances"}
    for category in set(MPCAT40) - STRUCTURE - vague - {"door"}:
        assert re.fullmatch(r"[a-z ]+", str(named("?", category)))


@pytest.mark.parametrize(
    ("label", "indefinite", "plural"),
    [
        ("armchair", "an armchair", "armchairs"),
        ("oven", "an oven", "ovens"),
        ("desk", "a desk", "desks"),
        ("bench", "a bench", "benches"),
        ("shelf", "a shelf", "shelves"),
        ("utility cart", "a utility cart", "utility carts"),
        ("umbrella stand", "an umbrella stand", "umbrella stands"),
        ("box", "a box", "boxes"),
        ("curtains", "some curtains", "curtains"),
    ],
)
def test_articles_and_plurals(label: str, indefinite: str, plural: str) -> None:
    noun = noun_of(Instance(1, label, "shelving", (0, 0, 0), (1, 1, 1), None))
    assert noun is not None
    assert (noun.indefinite, noun.plural, noun.definite) == (indefinite, plural, f"the {noun.singular}")


@given(st.text(max_size=300), st.sampled_from(sorted(set(MPCAT40))))
def test_no_label_brings_other_than_plain_words_into_a_text(label: str, category: str) -> None:
    name = named(label, category)
    assert name is None or re.fullmatch(r"[a-z]{1,12}( [a-z]{1,12}){0,2}", name)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Kitchen", "kitchen"), ("living", "living room"), ("bedroom_2", "bedroom"), ("master bedroom", "main bedroom"),
        ("laundry room", "laundry room"), ("", "room"), ("<b>x</b>", "room"), ("zone 4", "room"),
    ],
)  # fmt: skip
def test_a_room_has_its_name_or_is_a_room(label: str, name: str) -> None:
    assert room_name(Room(1, label, 0, ())) == name
