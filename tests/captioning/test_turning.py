"""Each "left", "right" and "around" of a text is a turn, a side or nothing, whatever verb people use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.nouns import Noun
from captioning.reading import read
from captioning.turning import directions


def turns(text: str) -> list[tuple[str | None, float]]:
    bed = Noun("double bed", "double beds")
    return [(turn.side, turn.low) for turn in read(text, {"double bed": bed}).turns]


@pytest.mark.parametrize(
    "text",
    [
        "Turn left.", "Take a left.", "Hang a left at the sofa.", "Make a left.", "Go left.", "Head to the left.",
        "Swing left into the hall.", "Make a left turn.", "Make a left-hand turn.", "Take the next left.",
        "Take the turn on the left.", "Turn to your left.", "Round the corner to the left.", "The path bends left.",
        "Walk on, then left at the sofa.", "Rotate 90 degrees to the left.", "Turning left, walk on.",
        "Take a left right by the sofa.", "You make a left there.", "Make your left turn.",
        "Take a left next to the sofa.", "Turn to your nine o'clock.",
        "Look for the left turn and take it.", "Turn at the sofa to the left.", "Take the second door on your left.",
        "Turn 90 degrees counter-clockwise.", "Make the first left.", "Turn in to the left.",
    ],
)  # fmt: skip
def test_many_wordings_of_one_turn(text: str) -> None:
    ((side, low),) = turns(text)
    assert side == "left"
    assert 25 <= low <= 55


@pytest.mark.parametrize(
    "text", ["Whip round to the left.", "Nudge left.", "Break left at the sofa.", "Go off to the left.", "Walk left."]
)
def test_any_verb_will_do_and_then_the_size_is_not_known(text: str) -> None:
    ((side, low),) = turns(text)
    assert side == "left"
    assert low <= 60


def test_a_room_entered_on_a_side_hints_at_a_turn_that_need_not_be_there() -> None:
    (hint,) = read("Enter the bedroom on your left.", {}).turns
    assert (hint.side, hint.hinted) == ("left", True)
    (turn,) = read("Take the door on your left.", {}).turns
    assert not turn.hinted


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("Bear left.", 15), ("Veer a little to the left.", 15), ("Turn slightly left.", 15), ("Ease to the left.", 15),
        ("Make a sharp left.", 70), ("Turn hard left.", 70), ("Swing around to the left.", 60),
        ("Turn 90 degrees left.", 55),
    ],
)  # fmt: skip
def test_the_size_of_a_turn_is_in_its_manner(text: str, low: float) -> None:
    assert turns(text) == [("left", low)]


@pytest.mark.parametrize(
    "text",
    ["Turn around.", "Make a U-turn.", "Do a u turn.", "Turn back.", "Spin around.", "Turn yourself around right here.",
     "Do an about-face.", "Turn 180 degrees.", "Turn back around.", "Flip around.", "Turn right around.",
     "Reverse your direction.", "Turn to face the opposite way.", "Turn back the way you came."],
)  # fmt: skip
def test_turning_around_has_no_side(text: str) -> None:
    assert turns(text) == [(None, 135)]


@pytest.mark.parametrize(
    "text",
    [
        "Pass the sofa on your left.", "The sofa is on the left-hand side.", "Walk right past the sofa.",
        "Stop right next to the sofa.", "Use the left door.", "Follow the left wall.", "Keep to the left.",
        "Stay right.",
        "You left the room.", "Do not turn left.", "Walk on without turning right.", "Take the left door.",
        "Go around the corner.", "Turn around the sofa.", "Right away you see a sofa.", "Walk to the left of the sofa.",
        "Don't go left.", "To your right you'll see a sofa.", "Walk on with the sofa on your left.", "Look left.",
        "The sofa is to your left.", "Move past the sofa, leaving it to your left.", "Stop around two metres from it.",
        "Walk to the left corner of the room.", "There are offices on your left and right.",
        "Climb three steps to your left.",
        "Pass the double bed to your right.", "Stop in front of the round table.", "Once you've left the room, go on.",
    ],
)  # fmt: skip
def test_what_is_no_turn(text: str) -> None:
    assert turns(text) == []


def test_one_turn_is_told_once() -> None:
    assert turns("Veer right a little right by the sofa.") == [("right", 15)]
    assert turns("Double back sharply to the right.") == [("right", 70)]
    assert [side for side, _ in turns("Make a U-turn, then turn left and then left again.")] == [None, "left", "left"]


def test_a_side_of_a_thing_is_not_one_of_the_follower() -> None:
    words = ["walk", "to", "the", "left", "of", "the", "sofa", "with", "the", "lamp", "on", "your", "right"]
    found, sides = directions(words, {6, 9})
    assert found == []
    assert [(side.side, side.of) for side in sides] == [("left", True), ("right", False)]


_WORDS = st.sampled_from(["turn", "go", "walk", "to", "the", "your", "on", "left", "right", "around", "sofa", "a", ","])


@given(st.lists(_WORDS, max_size=20))
def test_each_word_of_direction_is_at_most_one_thing(words: list[str]) -> None:
    taken = {i for i, word in enumerate(words) if word == "sofa"}
    found, sides = directions(words, taken)
    at = [turn.at for turn in found] + [side.at for side in sides]
    assert len(at) == len(set(at))
    assert all(words[i] in ("left", "right", "around") for i in at)
