"""The way from frames to checked instructions, with models that answer well, badly or not at all."""

from __future__ import annotations

import json
from functools import cache

import cv2
import numpy as np
import pytest

from captioning.chat import Answer, Fault, Request
from captioning.observed import observe
from captioning.two_stages import TwoStages
from captioning.walk import Captioned, Walk
from factory.clips import split_clips
from factory.rendering.encode import decode_rgb
from schemas.episodes import Instruction, RenderedEpisode
from schemas.errors import CaptionError, TransientError
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Captioning, Clips
from tests.captioning.speakers import Speaker, faithful
from tests.rooms import two_rooms
from tests.views import SMALL, look, walk

SCENE = two_rooms()
WAYS = ([(0.6, 0.6), (4.0, 2.0), (6.0, 2.0), (6.0, 3.5)], [(1.0, 0.8), (1.0, 2.6)])


@cache
def rendered(way: int) -> RenderedEpisode:
    return look(SCENE, walk(SCENE, WAYS[way]))


def walks(*ways: int) -> list[Walk]:
    return [
        Walk(
            observe(SCENE, rendered(way)),
            rendered(way).rgb,
            split_clips(rendered(way).plan, Clips()),
            np.random.default_rng(way),
        )
        for way in ways
    ]


def captioned(refiner: Speaker, describer: Speaker | None = None, way: int = 0, **settings: object) -> Captioned:
    recipe = Captioning.model_validate({"backend": "openai", **settings})
    (outcome,) = TwoStages(recipe, describer or Speaker(name="eyes"), refiner).caption(walks(way))
    return outcome


def kept(outcome: Captioned) -> tuple[Instruction, ...]:
    assert not isinstance(outcome, Rejected), outcome
    return outcome


def saying(*answers: str) -> Speaker:
    """A refiner that says these one after the other to each new request, the last of them ever after."""

    def speak(request: Request) -> str:
        return answers[min(request.attempt, len(answers) - 1)]

    return Speaker(speak)


def instruction(text: str) -> str:
    return json.dumps({"instruction": text})


def test_each_clip_and_the_walk_get_a_checked_text_with_all_that_made_it() -> None:
    texts = kept(captioned(Speaker(name="words")))
    plan = rendered(0).plan
    clips = split_clips(plan, Clips())
    assert [(t.scope, t.first, t.last) for t in texts] == [
        *(("clip", clip.first, clip.last) for clip in clips),
        ("walk", 0, plan.frames - 1),
    ]
    for text in texts:
        assert (text.score, text.attempts, text.fallback, text.style) == (1.0, 1, None, "concise")
        assert (text.generator.name, text.generator.model, text.generator.revision) == ("openai", "words", "r1")
        assert text.generator.version == "0.32.0"
        assert text.generator.prompt_version == f"refine_{text.scope}-2+styles-1"
        assert text.generator.sampling == {"temperature": "0.7", "top_k": "20"}
    assert all(text.raw == "The robot sees 8 views of a home." for text in texts[:-1])
    assert all(text.describer is not None and text.describer.model == "eyes" for text in texts[:-1])
    assert texts[-1].raw is None
    assert texts[-1].describer is None


def test_walks_are_captioned_together_as_each_alone() -> None:
    refiner, describer = Speaker(), Speaker()
    settings = Captioning(backend="openai")
    both = TwoStages(settings, describer, refiner).caption(walks(0, 1))
    assert (describer.batches, refiner.batches) == (1, 2)
    assert both == [captioned(Speaker(), way=way, describer=Speaker()) for way in (0, 1)]


def test_the_describer_sees_frames_of_the_clip_made_smaller_and_the_motion() -> None:
    describer = Speaker()
    captioned(Speaker(), describer, frames=4, frame_size=48, frames_as="images")
    request = describer.asked[0]
    assert len(request.images) == 4
    assert not request.video
    assert {decode_rgb(image).shape for image in request.images} == {(32, 48, 3)}
    clip = split_clips(rendered(0).plan, Clips())[0]
    whole = cv2.resize(decode_rgb(rendered(0).rgb[clip.last]), (48, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(decode_rgb(request.images[-1]).astype(int) - whole).mean() < 6
    assert "1. goes straight for" in request.text
    assert "(frames 1 to 3)" in request.text
    assert "(frame 4)" in request.text


def test_the_refiner_is_told_motion_things_rooms_and_the_description() -> None:
    refiner = Speaker()
    captioned(refiner, Speaker(lambda request: "A sofa stands there."))
    clip, whole = refiner.asked[0], refiner.asked[-1]
    assert "A sofa stands there." in clip.text
    assert "table (passed on the left)" in clip.text
    assert "Rooms it goes through: living room, then bedroom" in whole.text
    assert "1. Go straight" in whole.text
    assert "turns left by" in whole.text
    assert "The way ends here" in whole.text
    assert "The way goes on" in clip.text
    assert json.loads(clip.answer_schema)["required"] == ["instruction"]


def test_a_false_text_is_asked_for_again_with_the_reason() -> None:
    refiner = Speaker(lambda r: faithful(r) if r.attempt else instruction("Pass the bathtub on your left."))
    texts = kept(captioned(refiner))
    assert {text.attempts for text in texts} == {2}
    again = next(request for request in refiner.asked if request.attempt == 1)
    assert "'the bathtub' is not visible" in again.text
    assert '"Pass the bathtub on your left."' in again.text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "it was not JSON"),
        ('{"instruction": "Go', "it was not JSON"),
        ('{"instruction": 3}', "it was not JSON"),
        ("[1]", "it was not JSON"),
        (instruction(""), "it is empty"),
        (instruction("<think>Well</think> Go straight."), "tags or thoughts"),
        (instruction("In the first image you see a table. Go straight."), "frames or images"),
        (instruction("I am sorry, there is nothing."), "a refusal"),
        (instruction("**Go** straight."), "markup"),
        (instruction("go " * 500), "500 words"),
        (Answer(instruction("Go straight."), False, 10, 512), "cut off after 512 tokens"),
    ],
)
def test_a_text_refused_to_the_end_is_written_by_our_own_writer_and_says_so(answer: str | Answer, why: str) -> None:
    refiner = Speaker(lambda request: answer)
    texts = kept(captioned(refiner, regenerate=1))
    assert {text.generator.name for text in texts} == {"grounded"}
    assert {text.attempts for text in texts} == {2}
    assert all(why in (text.fallback or "") for text in texts)
    assert all(text.raw for text in texts[:-1])


def test_or_the_walk_is_rejected_where_the_recipe_wants_it_so() -> None:
    outcome = captioned(saying(instruction("Turn around.")), fallback="reject", regenerate=0)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.UNGROUNDED
    assert "refused 1 times, last: no such turn at this point" in outcome.detail


def test_a_lower_minimum_lets_a_text_pass_and_keeps_its_score() -> None:
    spoken = Speaker(lambda r: instruction(json.loads(faithful(r))["instruction"].replace(".", " by the bathtub.")))
    texts = kept(captioned(spoken, min_score=0.3))
    assert all(text.score is not None and 0.3 <= text.score < 1 for text in texts)
    assert kept(captioned(spoken, regenerate=0))[0].generator.name == "grounded"


def test_styles_variants_and_languages_are_all_told_in_the_recipes_order() -> None:
    refiner = Speaker()
    texts = kept(captioned(refiner, styles=["concise", "detailed"], variants=2, languages=["English", "German"]))
    clips = len(split_clips(rendered(0).plan, Clips()))
    assert len(texts) == 8 * (clips + 1)
    told = [(text.style, text.language, text.variant) for text in texts[:8]]
    assert told == [(s, lang, v) for s in ("concise", "detailed") for lang in ("English", "German") for v in (0, 1)]
    assert len({request.digest() for request in refiner.asked}) == len(refiner.asked)


def test_other_languages_are_held_to_form_alone_and_have_no_score() -> None:
    texts = kept(captioned(saying(instruction("Biege an der Badewanne rechts ab.")), languages=["German"]))
    assert {(text.score, text.language, text.landmarks) for text in texts} == {(None, "German", ())}
    (text, *_) = kept(captioned(saying(instruction("<b>Geh</b>")), languages=["German"], regenerate=0))
    assert (text.generator.name, text.language) == ("grounded", "English")


def test_without_a_description_the_measurements_serve() -> None:
    texts = kept(captioned(Speaker(), Speaker(lambda request: "")))
    assert all((text.raw, text.describer, text.generator.name) == (None, None, "openai") for text in texts)
    assert {text.undescribed for text in texts[:-1]} == {"it is empty or has one word"}


def test_no_answer_is_a_fault_and_not_an_attempt() -> None:
    with pytest.raises(TransientError, match="requests have no answer: connection refused"):
        captioned(Speaker(lambda request: Fault("connection refused", transient=True)))


def test_a_request_that_the_refiner_refuses_for_good_costs_its_own_text_alone() -> None:
    def speak(request: Request) -> str | Fault:
        walk = "Join the instructions" in request.text
        return Fault("HTTP 400: not this one", transient=False) if walk else faithful(request)

    texts = kept(captioned(Speaker(speak)))
    assert [text.generator.name for text in texts] == ["openai"] * (len(texts) - 1) + ["grounded"]
    assert texts[-1].fallback == "the model refuses the request: HTTP 400: not this one"
    outcome = captioned(Speaker(speak), fallback="reject")
    assert isinstance(outcome, Rejected)
    assert "refused 1 times, last: the model refuses the request: HTTP 400" in outcome.detail


def test_a_clip_whose_frames_the_describer_refuses_is_told_from_the_measurements_and_says_so() -> None:
    def speak(request: Request) -> str | Fault:
        return Fault("HTTP 400: bad picture", transient=False) if request is describer.asked[0] else faithful(request)

    describer = Speaker(speak)
    texts = kept(captioned(Speaker(), describer))
    assert (texts[0].raw, texts[0].describer, texts[0].generator.name) == (None, None, "openai")
    assert texts[0].undescribed == "the model refuses the request: HTTP 400: bad picture"
    assert all(text.raw and text.undescribed is None for text in texts[1:-1])
    assert texts[-1].undescribed is None


def test_a_describer_that_takes_no_images_at_all_is_no_fault_of_one_request() -> None:
    blind = Speaker(lambda request: Fault("takes no images", transient=False))
    with pytest.raises(CaptionError, match="takes no images"):
        TwoStages(Captioning(backend="openai"), blind, Speaker()).caption(walks(0, 1, 0, 1))


def test_the_largest_requests_are_shown_to_the_models_before_anything_starts() -> None:
    describer, refiner = Speaker(), Speaker()
    two = TwoStages(Captioning(backend="openai", frames=5), describer, refiner)
    two.require_room(SMALL)
    assert len(describer.asked[0].images) == 5
    assert len(refiner.asked) == 2
    spoken_of = [len(request.text) for request in refiner.asked]
    two.caption(walks(0))
    assert max(len(request.text) for request in refiner.asked[2:]) < max(spoken_of)
    two.close()
    assert describer.closed
    assert refiner.closed
