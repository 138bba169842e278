"""Questions asked together, again while they are refused, and what ends them."""

from __future__ import annotations

import pytest

from captioning.asking import Question, Refused, Settled, again, settle
from captioning.chat import Answer, Fault, Request
from schemas.errors import CaptionError, TransientError
from tests.captioning.speakers import Speaker


def question(name: str, good: str = "good") -> Question[str]:
    """Takes an answer that holds the word; its attempts and refusals are in the request."""
    return Question(
        lambda attempt, refused: Request("", f"{name} {again(refused)}", attempt=attempt),
        lambda text: text if good in text else Refused(text, f"it has no {good!r}"),
    )


def test_only_refused_questions_are_asked_again_and_together() -> None:
    speaker = Speaker(lambda r: "good" if r.text.startswith("a") or r.attempt == 2 else "bad")
    settled = settle(speaker, [question("a"), question("b"), question("c")], 3)
    assert settled == [Settled("good", 1, ""), Settled("good", 3, ""), Settled("good", 3, "")]
    assert (speaker.batches, len(speaker.asked)) == (3, 7)
    assert speaker.asked[3].text == "b An earlier answer was refused because it has no 'good'. " + (
        'It was: "bad". Write a better one.'
    )


def test_what_is_refused_to_the_end_has_its_last_reason() -> None:
    assert settle(Speaker(lambda r: f"no {r.attempt}"), [question("a")], 2) == [Settled(None, 2, "it has no 'good'")]


def test_what_was_cut_off_is_refused_however_good_it_looks() -> None:
    endless = Speaker(lambda r: Answer("good " * 100, False, 5, 512))
    assert settle(endless, [question("a")], 1) == [Settled(None, 1, "it was cut off after 512 tokens")]


def test_a_fault_is_raised_when_all_others_have_their_answers() -> None:
    speaker = Speaker(lambda r: Fault("busy", transient=True) if r.text.startswith("b") else "good")
    with pytest.raises(TransientError, match=r"speaker \(openai\): 1 of 3 requests have no answer: busy"):
        settle(speaker, [question("a"), question("b"), question("c")], 3)
    assert len(speaker.asked) == 3


def test_one_request_that_a_model_refuses_for_good_is_given_up_and_the_others_go_on() -> None:
    speaker = Speaker(lambda r: Fault("HTTP 400: bad picture", transient=False) if r.text.startswith("b") else "good")
    why = "the model refuses the request: HTTP 400: bad picture"
    assert settle(speaker, [question("a"), question("b")], 3) == [Settled("good", 1, ""), Settled(None, 1, why)]
    assert len(speaker.asked) == 2


def test_what_may_be_answered_later_comes_before_what_never_will() -> None:
    """So that the work is tried again, and the one fault is given up when the rest is there."""
    lasting = Speaker(lambda r: Fault("too long", transient=False) if r.text.startswith("b") else Fault("busy", True))
    with pytest.raises(TransientError, match="2 of 2 requests have no answer: busy"):
        settle(lasting, [question("a"), question("b")], 3)


def test_a_model_that_refuses_most_of_many_is_a_fault_of_the_setup() -> None:
    speaker = Speaker(lambda r: "good" if r.text.startswith("a") else Fault("no pictures", transient=False))
    with pytest.raises(CaptionError, match="3 of 4 requests have no answer: no pictures; mend the recipe"):
        settle(speaker, [question(name) for name in "abcd"], 3)
    half = settle(speaker, [question(name) for name in "aabc"], 3)
    assert [one.value for one in half] == ["good", "good", None, None]


def test_no_question_asks_nobody() -> None:
    speaker = Speaker()
    assert settle(speaker, [], 3) == []
    assert speaker.batches == 0


def test_a_long_refused_answer_is_quoted_in_part() -> None:
    assert len(again(Refused("x" * 10_000, "it is long"))) < 600
