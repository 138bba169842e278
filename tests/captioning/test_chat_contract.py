"""What every back end keeps, asked of the same model in this process, in Ray actors, and behind vLLM's server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import ray

from captioning.answers import Remembering
from captioning.chat import Answer, Chat, Fault, Request, open_chat
from factory.storage import open_storage
from schemas.errors import RecipeError
from schemas.recipe import Engine
from tests.captioning.checkpoints import CONTEXT
from tests.captioning.tiny_models import picture, tiny

pytestmark = [pytest.mark.caption, pytest.mark.filterwarnings("default")]

SCHEMA = '{"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}, "required": ["n"]}'


@pytest.fixture(scope="module", params=["in process", "actors", "server"])
def chat(request: pytest.FixtureRequest) -> Iterator[Chat]:
    llava = request.getfixturevalue("llava")
    if request.param == "in process":
        yield request.getfixturevalue("llava_chat")
    elif request.param == "actors":
        ray.shutdown()
        model = tiny(llava, vllm={"batch_size": 3, "recycle_after": 20})
        actors = open_chat("vllm", model, Engine(executor="ray", workers=1))
        yield actors
        actors.close()
        ray.shutdown()
    else:
        url = request.getfixturevalue("llava_server")
        model = tiny(llava, servers={"urls": [url], "concurrency": 4, "timeout": 60})
        yield open_chat("openai", model, Engine())


def questions(count: int) -> list[Request]:
    return [Request("You see.", f"What {i}?", tuple(picture(9 * i + k) for k in range(i % 3))) for i in range(count)]


def test_each_request_has_an_answer_in_its_place_the_same_by_every_way(chat, llava_chat):
    outcomes = chat.answer(questions(7))
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert outcomes == llava_chat.answer(questions(7))


def test_arrivals_bring_each_request_once(chat):
    indices = [index for group in chat.arrivals(questions(7)) for index, _ in group]
    assert sorted(indices) == list(range(7))


def test_nothing_asked_is_nothing_answered(chat):
    assert chat.answer([]) == []


def test_a_video_is_seen_whole(chat, llava_chat):
    video = Request("", "What happens?", tuple(picture(i) for i in range(6)), video=True)
    assert chat.answer([video]) == llava_chat.answer([video])


def test_the_budget_is_what_the_answer_then_counts(chat):
    for request in (questions(3)[2], Request("", "video", tuple(picture(i) for i in range(4)), video=True)):
        (answer,) = chat.answer([request])
        assert isinstance(answer, Answer)
        assert chat.budget(request) == answer.prompt_tokens


def test_what_does_not_fit_is_refused_with_advice(chat):
    with pytest.raises(RecipeError, match=str(CONTEXT)):
        chat.budget(Request("", "y " * 5000))
    with pytest.raises(RecipeError, match="max_images|limit-mm-per-prompt"):
        chat.budget(Request("", "too many", tuple(picture(i) for i in range(5))))


def test_one_bad_request_is_a_lasting_fault_and_harms_no_other(chat):
    good = questions(3)
    outcomes = chat.answer([good[0], Request("", "y " * 5000), good[1], good[2]])
    assert isinstance(outcomes[1], Fault)
    assert not outcomes[1].transient
    assert [outcomes[0], *outcomes[2:]] == chat.answer(good)


def test_an_answer_with_a_schema_has_no_blanks(chat):
    (answer,) = chat.answer([Request("", "count", answer_schema=SCHEMA)])
    assert isinstance(answer, Answer)
    assert answer.text.startswith('{"n":')


def test_the_identity_is_whole(chat, llava):
    identity = chat.identity
    assert identity.model == str(llava)
    assert "0.32.0" in identity.version
    assert json.loads(identity.sampling)["temperature"] == 0


def test_what_was_answered_is_remembered(chat, tmp_path):
    storage = open_storage(str(tmp_path))
    first = Remembering(chat, storage, "unit").answer(questions(4))
    names = storage.names("answers/")
    assert Remembering(chat, storage, "unit").answer(questions(4)) == first
    assert storage.names("answers/") == names
