"""Steps into English."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.phrases import metres, realise, size_of_turn
from captioning.script import Entry, Go, Mention, Step, Stop, Turn

SOFA, BED, DESK = Mention(1, "the sofa"), Mention(2, "the bed"), Mention(3, "a desk")
WALK: tuple[Step, ...] = (
    Go(3.2, ((SOFA, "left"),), None, False, None),
    Turn(math.radians(85), DESK, None, None),
    Go(2.0, (), None, False, Entry("kitchen", "bedroom", True)),
    Stop(BED, 0.8, "ahead", "bedroom"),
)


def texts(script: tuple[Step, ...], count: int = 300, room: str | None = None) -> list[str]:
    generator = np.random.default_rng(0)
    return [realise(script, generator, room) for _ in range(count)]


@pytest.mark.parametrize(
    ("length", "words"),
    [(0.1, "half a metre"), (0.6, "half a metre"), (0.9, "one metre"), (1.5, "one and a half metres"),
     (1.8, "two metres"), (6.4, "six metres"), (19.6, "twenty metres"), (33.0, "33 metres")],
)  # fmt: skip
def test_lengths_in_words(length: float, words: str) -> None:
    assert metres(length) == words


@pytest.mark.parametrize(
    ("degrees", "size"),
    [(25, "slight"), (-49, "slight"), (60, "plain"), (-100, "plain"), (130, "sharp"), (-175, "around")],
)
def test_how_large_a_turn_is_called(degrees: float, size: str) -> None:
    assert size_of_turn(math.radians(degrees)) == size


def test_equal_generators_give_equal_texts() -> None:
    assert realise(WALK, np.random.default_rng(5)) == realise(WALK, np.random.default_rng(5))


def test_one_walk_has_hundreds_of_texts() -> None:
    assert len(set(texts(WALK, 400))) > 380
    assert len(set(texts(WALK[:1], 1000))) > 100


def test_every_text_names_what_the_script_names() -> None:
    for text in texts(WALK):
        assert "the sofa" in text
        assert "doorway" in text
        assert "the bedroom" in text
        assert "the bed" in text
        assert re.search(r"\bleft\b", text)
        assert not re.search(r"\bright (?!in front)", text)


def test_texts_are_sentences() -> None:
    for text in texts(WALK, room="kitchen"):
        assert re.fullmatch(r"([A-Z][^.]*\. )*[A-Z][^.]*\.", text), text
        assert "  " not in text
        assert ",," not in text
        assert not re.search(r"\b(\w+) \1\b", text), text
        assert " ." not in text


def test_two_sentences_in_a_row_do_not_open_alike() -> None:
    for text in texts(WALK):
        openings = [sentence.split()[0] for sentence in text.split(". ")]
        for one, two in pairwise(openings):
            assert one != two or one not in ("Then", "Next,", "After", "From", "Now")


def test_what_was_approached_is_it_at_the_stop() -> None:
    script = (Go(2.0, (), SOFA, True, None), Stop(SOFA, 0.5, "ahead", None))
    assert all(text.count("the sofa") == 1 for text in texts(script))


def test_a_turn_into_a_room_names_the_room() -> None:
    for text in texts((Turn(-1.5, None, Entry("hall", "study", True), None),)):
        assert "right" in text
        assert text.endswith("through the doorway into the study.")


def test_a_turn_around_through_a_door_is_no_turn_on_the_spot() -> None:
    for text in texts((Turn(3.0, None, Entry("hall", "study", False), None),)):
        assert re.fullmatch(r"(Swing|Curve|Turn) around to the left into the study\.", text)


def test_a_room_that_was_just_entered_is_not_left_by_name() -> None:
    through = (Turn(1.5, None, Entry("den", "hall", True), None), Go(1, (), None, False, Entry("hall", "study", True)))
    for text in texts(through):
        assert text.count("the hall") == 1


def test_a_room_of_the_same_name_is_the_next_one() -> None:
    for text in texts((Go(2.0, (), None, False, Entry("bedroom", "bedroom", True)),)):
        assert "the next bedroom" in text
        assert "leave the bedroom" not in text


def test_two_things_on_one_side_share_the_side() -> None:
    for text in texts((Go(2.0, ((SOFA, "left"), (BED, "left")), None, False, None),)):
        assert len(re.findall(r"\bleft\b", text)) == 1
        assert "the sofa and the bed" in text


def test_things_on_two_sides_keep_their_own() -> None:
    for text in texts((Go(2.0, ((SOFA, "left"), (BED, "right")), None, False, None),)):
        assert re.search(r"the sofa (on|to) (your|the) left.* and the bed (on|to) (your|the) right", text)


def test_no_sentence_says_no_more_than_then() -> None:
    for text in texts((Stop(None, 0.0, None, None),), 50):
        assert re.search(r"(Stop|Come to a stop|Halt)", text)


MENTIONS = st.sampled_from([SOFA, BED, DESK, None])
ENTRIES = st.sampled_from([None, Entry("hall", "study", True), Entry("room", "room", False), Entry("den", "den", True)])
SIDES = st.sampled_from(["left", "right"])
STEPS = st.one_of(
    st.builds(Turn, st.floats(-6, 6), MENTIONS, ENTRIES, MENTIONS),
    st.builds(
        Go,
        st.floats(0, 40),
        st.lists(st.tuples(st.sampled_from([SOFA, BED]), SIDES), max_size=2).map(tuple),
        MENTIONS,
        st.booleans(),
        ENTRIES,
    ),
)


@given(
    st.lists(STEPS, min_size=1, max_size=8),
    st.builds(Stop, MENTIONS, st.floats(0, 2), st.sampled_from(["ahead", "left", "right", None]), st.just("den")),
    st.integers(0, 2**32),
)
@settings(max_examples=200)
def test_any_script_has_a_well_formed_text(steps: list[Step], stop: Stop, seed: int) -> None:
    text = realise((*steps, stop), np.random.default_rng(seed), "den")
    assert re.fullmatch(r"([A-Z][^.]*\. )*[A-Z][^.]*\.", text)
    assert not re.search(r"\{|\}|None|  |,\.|, ,", text)
