"""What every captioner keeps: our own writer, models behind a server, and the real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from captioning.captioner import Captioner, open_captioner
from captioning.two_stages import TwoStages
from captioning.vllm_chat import VllmChat
from captioning.walk import Walk
from factory.storage import open_storage
from schemas.errors import RecipeError
from schemas.outcomes import Rejected
from schemas.recipe import Captioning, Engine
from tests.captioning.scripted_server import Script, answering, asked, serving
from tests.captioning.speakers import say
from tests.captioning.test_two_stages import walks
from tests.captioning.tiny_models import tiny
from tests.views import SMALL

BACKENDS = ["grounded", "openai", pytest.param("vllm", marks=[pytest.mark.caption])]


def speaking(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """A server that answers from the facts it is given."""
    text = asked(body)
    answering(
        json.dumps({"instruction": say(text)}) if "Answer with a JSON object" in text else "A home is to be seen."
    )(handler, body)


def served(url: str, **settings: Any) -> Captioning:
    model = {"model": "tiny", "servers": {"urls": [url], "retries": 0, "timeout": 20}}
    return Captioning.model_validate(
        {"backend": "openai", "frames": 2, "describer": model, "refiner": model} | settings
    )


@pytest.fixture(scope="module", params=BACKENDS)
def captioner(request: pytest.FixtureRequest) -> Iterator[Captioner]:
    if request.param == "grounded":
        yield open_captioner(Captioning(), Engine())
    elif request.param == "openai":
        with serving(Script(then=speaking)) as url:
            yield open_captioner(served(url), Engine())
    else:
        settings = Captioning(backend="vllm", frames=2, frame_size=96, frames_as="images", regenerate=0)
        refiner = VllmChat(tiny(request.getfixturevalue("qwen3")))
        yield TwoStages(settings, request.getfixturevalue("llava_chat"), refiner)
        refiner.close()


def test_each_walk_has_a_text_a_clip_in_order_and_one_for_the_whole(captioner: Captioner) -> None:
    asked_for = walks(0, 1)
    for walk, texts in zip(asked_for, captioner.caption(asked_for), strict=True):
        assert not isinstance(texts, Rejected)
        last = walk.observed.plan.frames - 1
        spans = [("clip", clip.first, clip.last) for clip in walk.clips] + [("walk", 0, last)]
        assert [(text.scope, text.first, text.last) for text in texts] == spans


def test_texts_are_words_with_what_made_them_and_landmarks_of_the_masks(captioner: Captioner) -> None:
    (walk,) = walks(0)
    for text in _texts(captioner, walk):
        assert text.text.strip() == text.text != ""
        assert text.score is None or 0 <= text.score <= 1
        assert text.generator.version
        assert (text.generator.name == "grounded") == (text.generator.model is None)
        share = walk.observed.seen.share[text.first : text.last + 1]
        assert all(share[:, landmark].max() > 0 for landmark in text.landmarks)


def test_a_walk_has_the_same_words_alone_and_among_others(captioner: Captioner) -> None:
    assert captioner.caption(walks(0, 1))[0] == captioner.caption(walks(0))[0]


def test_no_walks_have_no_texts(captioner: Captioner) -> None:
    assert captioner.caption([]) == []


def test_remembered_answers_change_nothing(captioner: Captioner, tmp_path: Path) -> None:
    remembering = captioner.remembering(open_storage(str(tmp_path)), "unit")
    first = remembering.caption(walks(1))
    assert first == captioner.caption(walks(1))
    assert captioner.remembering(open_storage(str(tmp_path)), "unit").caption(walks(1)) == first


def test_the_largest_request_is_looked_at_before_anything_starts() -> None:
    open_captioner(Captioning(), Engine()).require_room(SMALL)
    script = Script(then=speaking)
    with serving(script) as url:
        open_captioner(served(url), Engine()).require_room(SMALL)
    assert len(script.seen) == 3


@pytest.mark.caption
def test_a_prompt_beyond_a_models_context_is_refused_by_its_own_count(qwen3: Path, llava_chat: VllmChat) -> None:
    """The tiny tokenizer makes several tokens a word, so that the largest request is above its 4,096."""
    refiner = VllmChat(tiny(qwen3))
    with pytest.raises(RecipeError, match="do not fit the context of 4096 tokens"):
        TwoStages(Captioning(backend="vllm", frames=2, frame_size=96), llava_chat, refiner).require_room(SMALL)


def test_too_many_frames_for_the_context_are_refused_with_the_numbers() -> None:
    with (
        serving(Script(then=answering("x", prompt=9000))) as url,
        pytest.raises(RecipeError, match=r"9,?000"),
    ):
        open_captioner(served(url), Engine()).require_room(SMALL)


def test_what_was_paid_for_is_not_asked_again(tmp_path: Path) -> None:
    script = Script(then=speaking)
    with serving(script) as url:
        first = open_captioner(served(url), Engine()).remembering(open_storage(str(tmp_path)), "unit")
        texts = _texts(first, *walks(0))
        paid = len(script.seen)
        assert paid == len(texts) - 1 + sum(text.attempts for text in texts)
        again = open_captioner(served(url), Engine()).remembering(open_storage(str(tmp_path)), "unit")
        assert _texts(again, *walks(0)) == texts
        assert len(script.seen) == paid


def test_a_models_texts_and_our_own_are_told_apart() -> None:
    with serving(Script(then=speaking)) as url:
        (walk,) = walks(0)
        assert {text.generator.name for text in _texts(open_captioner(served(url), Engine()), walk)} == {"openai"}


def _texts(captioner: Captioner, walk: Walk) -> tuple[Any, ...]:
    (texts,) = captioner.caption([walk])
    assert not isinstance(texts, Rejected)
    return texts
