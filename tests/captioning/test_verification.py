"""Texts held against walks: what is so passes, what is not is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.observed import Observed, observe
from captioning.verification import check
from tests.rooms import two_rooms
from tests.views import gallery, look, walk

SCENE = two_rooms()


def seen(corners: list[tuple[float, float]]) -> Observed:
    return observe(SCENE, look(SCENE, walk(SCENE, corners)))


# Past the table on the left, through the door, left, past the wardrobe on the right to the plant on the left.
INTO_THE_BEDROOM = seen([(0.6, 0.6), (4.0, 2.0), (6.0, 2.0), (6.0, 3.5)])
TO_THE_SOFA = seen([(1.0, 0.8), (1.0, 2.6)])


def problems(text: str, observed: Observed = INTO_THE_BEDROOM) -> tuple[str, ...]:
    return check(text, observed, 0, observed.plan.frames - 1).problems


@pytest.mark.parametrize(
    "text",
    [
        "Turn left, then stop.",
        "Go past the table on your left, then turn left and stop by the plant.",
        "Leave the living room through the doorway and enter the bedroom. Turn to the left and wait next to the plant.",
        "Take a left past the wardrobe on your right. Stop with the plant on your left-hand side.",
        "Walk about five metres, turn left, go one metre and stop.",
        "Turn left; halt half a metre from the plant.",
    ],
)
def test_a_true_text_has_no_problem(text: str) -> None:
    assert problems(text) == ()
    assert check(text, INTO_THE_BEDROOM, 0, INTO_THE_BEDROOM.plan.frames - 1).score == 1.0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Turn right, then stop.", "no such turn"),
        ("Turn slightly left, then stop.", "no such turn"),
        ("Make a U-turn, then stop.", "no such turn"),
        ("Turn left, turn left and stop.", "no such turn"),
        ("Go to the end and stop.", "the left turn of"),
        ("Go past the sofa, turn left and stop.", "'the sofa' is not visible"),
        ("Go past the bathtub, turn left and stop.", "'the bathtub' is not visible"),
        ("Pass the table on your right, turn left and stop.", "not on the right"),
        ("Enter the bedroom, then the living room, turn left and stop.", "is not gone through at this point"),
        ("Go ten metres, turn left and stop.", "no distance of 'ten metres'"),
        ("Turn left.", "the end of the walk is not told"),
        ("Turn left and stop by the table.", "does not end near"),
        ("Go through the doorway, turn left through the doorway and stop.", "only 1 doorways"),
    ],
)
def test_a_false_claim_is_named(text: str, problem: str) -> None:
    found = problems(text)
    assert any(problem in one for one in found), found


def test_a_stop_before_the_end_is_a_problem() -> None:
    assert check("Walk on and stop.", INTO_THE_BEDROOM, 0, 40).problems == ("the walk does not end here",)


def test_words_that_tell_a_follower_nothing_are_refused() -> None:
    """As small models write them; "keep going" claims as little, but says what to do."""
    nothing = check("... no words that the way does not need.", INTO_THE_BEDROOM, 0, 40)
    assert nothing.problems == ("it says neither where to go nor what to look for",)
    assert nothing.score == 0.0
    assert check("Keep going.", INTO_THE_BEDROOM, 0, 40).problems == ()


def test_the_score_is_the_share_of_claims_that_hold() -> None:
    half = check("Turn right and stop by the plant.", INTO_THE_BEDROOM, 0, INTO_THE_BEDROOM.plan.frames - 1)
    # Claims: the turn, the plant, the stop. Problems: the turn is not so, and the real one is not told.
    assert (half.claims, len(half.problems)) == (3, 2)
    assert half.score == pytest.approx(1 / 3)


def test_a_side_belongs_to_the_thing_before_it() -> None:
    assert problems("Pass the table on your left, and then turn left and stop with the plant on the right.") == (
        "'the plant' is not on the right",
    )


def test_two_things_may_share_a_side() -> None:
    assert problems("Pass the table and the picture on your left, turn left, and stop.") == ()
    assert len(problems("Pass the table and the picture on your right, turn left, and stop.")) == 2


def test_the_alike_need_an_ordinal_or_a() -> None:
    row = gallery([("chair", "chair"), ("chair", "chair"), ("plant", "plant")])
    along = observe(row, look(row, walk(row, [(0.0, 0.3), (9.0, 0.3)])))
    end = along.plan.frames - 1
    assert check("Pass a chair and stop.", along, 0, end).problems == ()
    assert check("Pass the second chair and stop.", along, 0, end).problems == ()
    assert check("Pass the chair and stop.", along, 0, end).problems == ("'the chair' could be any of 2",)
    assert check("Pass the third chair and stop.", along, 0, end).problems == (
        "'the third chair': so many are not passed",
    )


def test_the_kindest_way_to_match_turns_counts() -> None:
    zigzag = seen([(0.5, 0.6), (2.6, 0.6), (3.2, 1.0), (4.4, 1.0), (4.4, 3.4)])
    assert problems("Turn left and stop.", zigzag) == ()


def test_a_bathroom_sink_is_no_bathroom() -> None:
    row = gallery([("bathroom sink", "sink")])
    along = observe(row, look(row, walk(row, [(0.0, 0.3), (4.0, 0.3)])))
    assert check("Pass the bathroom sink on your right and stop.", along, 0, along.plan.frames - 1).problems == ()


def test_towards_what_is_ahead_holds() -> None:
    assert problems("Walk up to the sofa and stop in front of it.", TO_THE_SOFA) == ()


@given(st.text(max_size=400))
@settings(max_examples=150)
def test_any_text_gets_a_score_between_0_and_1(text: str) -> None:
    assert 0 <= check(text, INTO_THE_BEDROOM, 0, INTO_THE_BEDROOM.plan.frames - 1).score <= 1


def test_a_text_of_thousands_of_claims_is_judged_in_time() -> None:
    assert check("turn left and " * 5000, INTO_THE_BEDROOM, 0, INTO_THE_BEDROOM.plan.frames - 1).score < 0.1
