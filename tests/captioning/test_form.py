"""What is no instruction, whoever says it; and instructions that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.form import LONGEST_CLIP, foreign_talk, malformed
from captioning.prompting import load_prompt

PROMPTS = (*load_prompt("describe").texts, *load_prompt("refine_clip").texts)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("Go", "empty"),
        ("go on " * 60, "120 words, 70 at most"),
        ("<think>The user wants</think> Turn left.", "tags"),
        ("Turn left.<|im_end|>", "tags"),
        ("**Turn left** at the sofa.", "markup"),
        ("1. Turn left.", "markup"),
        ("- Turn left.", "markup"),
        ('{"instruction": "Turn left."}', "markup"),
        ("Turn left.\nTurn right.", "markup"),
        ("See https://example.org and turn.", "markup"),
        ("Turn left and go. " * 4, "repeats itself"),
        ("Turn left left left left.", "repeats itself"),
        ("Name only what is plainly to be seen there.", "words of the prompt"),
        ("Name only what is plainly there.", None),
        ("Turn left, turn right and go straight just where the measurements say so.", "words of the prompt"),
    ],
)
def test_a_text_without_the_form_is_refused_in_any_language(text: str, why: str | None) -> None:
    problem = malformed(text, LONGEST_CLIP, PROMPTS)
    assert (problem is None) if why is None else (why in (problem or "")), problem


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("In the first image, a sofa is visible. Go past it.", "frames or images"),
        ("From frame 3 on, turn left.", "frames or images"),
        ("The images show a hall; walk down it.", "frames or images"),
        ("As the video begins, walk on.", "frames or images"),
        ("I'm sorry, but there is nothing to tell.", "refusal"),
        ("As an AI language model, walk on.", "refusal"),
        ("It is unclear where to go.", "refusal"),
        ("I walk past the sofa.", "first person"),
        ("The camera moves past the sofa.", "camera"),
        ("Let's go past the sofa.", "first person"),
        ("Here is the instruction: turn left.", "preface"),
        ("Sure, turn left.", "preface"),
        ("Instruction: turn left.", "preface"),
    ],
)
def test_talk_of_other_things_is_refused(text: str, why: str) -> None:
    assert why in (foreign_talk(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "Pass the picture frame on your left.",
        "Stop in front of the door frame.",
        "Walk past the second picture and stop by the framed photograph.",
        "Turn left at the glass door, then walk on until you cannot go further.",
        "Note the sofa on your left and walk past it.",
        "Here turn left.",
        "Go to the end of the wooden frame bed.",
    ],
)
def test_instructions_that_only_look_like_it_pass(text: str) -> None:
    assert malformed(text, LONGEST_CLIP, PROMPTS) is None
    assert foreign_talk(text) is None


@given(st.text(max_size=500))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert malformed(text, LONGEST_CLIP, PROMPTS) is None or malformed(text, LONGEST_CLIP, PROMPTS)
    foreign_talk(text)
