"""What is read of texts: things with their sides and roles, rooms, doorways and the stop, by their words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.nouns import Noun
from captioning.reading import Thing, read

SOFA = Noun("sofa", "sofas")
NAMES = {"sofa": SOFA, "sofas": SOFA}


def things(text: str) -> dict[str, Thing]:
    return {thing.name: thing for thing in read(text, NAMES).things}


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("Pass the sofa on your left.", "left"), ("Pass the sofa to the right.", "right"),
        ("On your left you pass the sofa.", "left"), ("To your right is the sofa.", "right"),
        ("Pass the sofa, keeping it on your left.", "left"), ("The sofa will be on the left-hand side.", "left"),
        ("Pass to the left of the sofa.", "right"), ("Pass the sofa and the lamp on your left.", "left"),
        ("Pass the sofa, then turn left.", None), ("Pass the sofa and turn to the left.", None),
        ("Drift to the left, then pass the sofa.", None),
        ("The sofa, which is to your left, is soft; you then pass a lamp.", "left"),
    ],
)  # fmt: skip
def test_sides_belong_to_things(text: str, side: str | None) -> None:
    assert things(text)["sofa"].side == side


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Walk past the sofa.", "past"), ("Stop by the sofa.", "at"), ("Go up to the sofa.", "at"),
        ("Stop in front of the big sofa.", "at"), ("Turn left at the sofa.", "at"), ("Head towards the sofa.", "seen"),
        ("Face the sofa.", "seen"), ("Walk on with the sofa on your left.", "past"), ("Leave the sofa behind.", "seen"),
    ],
)  # fmt: skip
def test_the_words_before_a_thing_say_what_it_is_for(text: str, role: str) -> None:
    assert things(text)["sofa"].role == role


def test_a_run_of_names_is_the_thing_of_its_last() -> None:
    reading = read("Pass the kitchen table lamp and the bathroom sink. Stop by the coffee table.", {})
    assert [thing.name for thing in reading.things] == ["lamp", "sink", "table"]
    assert reading.places == ()


def test_doubtful_words_are_things_only_behind_an_article() -> None:
    assert things("You can stand there and light up.") == {}
    assert set(things("Pass the can and the light blue sofa.")) == {"can", "sofa"}
    assert set(things("Walk a few steps to the sofa.")) == {"sofa"}


def test_what_no_list_has_is_a_thing_where_a_follower_must_come_to_it() -> None:
    reading = read("Walk past the old mannequin to the end of the hall, then wait at the corner.", {})
    assert [(thing.name, thing.kinds) for thing in reading.things] == [("mannequin", frozenset())]


def test_rooms_are_places_and_those_in_sight_are_told_apart() -> None:
    reading = read("Leave the sitting room, walk towards the kitchen, and enter the studio flat.", {}, ["studio flat"])
    assert [(place.name, place.coming) for place in reading.places] == [
        ("sitting room", False), ("kitchen", True), ("studio flat", False),
    ]  # fmt: skip
    assert reading.places[0].kinds == {"living room"}


def test_doorways_and_stops_are_counted() -> None:
    reading = read("Go through the open door, through the doorway and halt. Your destination is there.", {})
    assert (reading.doorways, reading.stops) == (2, 2)
    assert read("Walk on without stopping. Do not wait.", {}).stops == 0


def test_straight_is_a_claim_and_straight_away_is_not() -> None:
    assert len(read("Go straight, keep straight, then straight away turn.", {}).straights) == 2


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_any_text_can_be_read(text: str) -> None:
    reading = read(text, NAMES, ["living room"])
    assert all(thing.at < thing.end for thing in reading.things)


_WORDS = st.sampled_from([
    "turn", "take", "a", "the", "left", "right", "sofa", "lamp", "on", "your", "to", "and", ".", ",", "of", "around",
    "past", "by", "is", "hall", "then", "stop",
])  # fmt: skip


@given(st.lists(_WORDS, max_size=40))
@settings(max_examples=300)
def test_any_order_of_its_own_words_can_be_read(words: list[str]) -> None:
    reading = read(" ".join(words), NAMES)
    assert len(reading.turns) <= sum(word in ("left", "right", "around") for word in words)
