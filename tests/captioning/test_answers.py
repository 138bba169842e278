from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning import answers
from captioning.answers import Remembering
from captioning.chat import Answer, Fault, Request
from captioning.openai_chat import OpenAIChat
from factory.storage import Storage, open_storage
from schemas.recipe import Model
from tests.captioning.scripted_server import Script, answering, asked, failing, serving

QUESTIONS = [Request("system", f"question {i}", (b"image %d" % i,)) for i in range(10)]


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def url(script):
    with serving(script) as url:
        yield url


@pytest.fixture
def storage(tmp_path):
    return open_storage(str(tmp_path / "out"))


def chat(url: str, **model: object) -> OpenAIChat:
    options = {"urls": [url], "retries": 0, "concurrency": 2}
    return OpenAIChat(Model.model_validate({"model": "tiny", "servers": options} | model))


def segments(storage: Storage) -> list[str]:
    return storage.names("answers/")


def texts(outcomes: list[Answer | Fault]) -> list[str]:
    return [outcome.text for outcome in outcomes if isinstance(outcome, Answer)]


def test_what_was_answered_is_not_asked_again_by_the_next_process(url, script, storage):
    first = Remembering(chat(url), storage, "unit").answer(QUESTIONS)
    again = Remembering(chat(url), storage, "unit").answer(list(reversed(QUESTIONS)))
    assert texts(first) == [f"QUESTION {i}" for i in range(10)]
    assert again == list(reversed(first))
    assert len(script.seen) == 10


def test_only_what_is_missing_is_asked(url, script, storage):
    Remembering(chat(url), storage, "unit").answer(QUESTIONS[:4])
    outcomes = Remembering(chat(url), storage, "unit").answer(QUESTIONS)
    assert texts(outcomes) == [f"QUESTION {i}" for i in range(10)]
    assert sorted(map(asked, script.seen)) == sorted(f"question {i}" for i in range(10))


def test_equal_requests_are_asked_once_and_both_get_the_answer(url, script, storage):
    outcomes = Remembering(chat(url), storage, "unit").answer([QUESTIONS[0], QUESTIONS[1], QUESTIONS[0]])
    assert texts(outcomes) == ["QUESTION 0", "QUESTION 1", "QUESTION 0"]
    assert len(script.seen) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"system": "other"}, {"text": "other"}, {"images": (b"other",)}, {"images": ()}, {"video": True},
        {"answer_schema": '{"type": "string"}'}, {"attempt": 1},
    ],
)  # fmt: skip
def test_anything_else_in_a_request_is_another_question(url, script, storage, other):
    chatting = Remembering(chat(url), storage, "unit")
    chatting.answer([QUESTIONS[0]])
    chatting.answer([replace(QUESTIONS[0], **other)])
    assert len(script.seen) == 2


@pytest.mark.parametrize("other", [{"temperature": 0.5}, {"max_tokens": 7}, {"thinking": True}, {"revision": "v2"}])
def test_another_model_or_another_sampling_is_asked_anew(url, script, storage, other):
    Remembering(chat(url), storage, "unit").answer([QUESTIONS[0]])
    Remembering(chat(url, **other), storage, "unit").answer([QUESTIONS[0]])
    assert len(script.seen) == 2


def test_a_fault_is_not_remembered(url, script, storage):
    script.behaviours = [failing(500)]
    chatting = Remembering(chat(url), storage, "unit")
    assert isinstance(chatting.answer(QUESTIONS[:1])[0], Fault)
    assert texts(chatting.answer(QUESTIONS[:1])) == ["QUESTION 0"]


def test_a_cut_off_answer_was_paid_for_too(url, script, storage):
    script.behaviours = [answering("Go le", finish_reason="length")]
    Remembering(chat(url), storage, "unit").answer(QUESTIONS[:1])
    assert Remembering(chat(url), storage, "unit").answer(QUESTIONS[:1]) == [Answer("Go le", False, 5, 3)]


def test_what_had_come_before_a_crash_is_kept(url, script, storage):
    def slowly(handler, body):
        time.sleep(0.02)
        answering()(handler, body)

    script.then = slowly
    arrivals = Remembering(chat(url), storage, "unit").arrivals(QUESTIONS)
    came = {index for _ in range(3) for index, _ in next(arrivals)}
    del arrivals
    paid = len(script.seen)
    Remembering(chat(url), storage, "unit").answer([QUESTIONS[index] for index in came])
    assert 3 <= len(came) < 10
    assert {asked(body) for body in script.seen[paid:]}.isdisjoint(f"question {index}" for index in came)


def test_scopes_are_apart(url, script, storage):
    Remembering(chat(url), storage, "unit/describer").answer(QUESTIONS[:1])
    Remembering(chat(url), storage, "unit/refiner").answer(QUESTIONS[:1])
    assert len(script.seen) == 2
    assert len(segments(storage)) == 2


def test_a_damaged_answer_is_dropped_and_asked_again_and_the_others_are_not(url, script, storage):
    Remembering(chat(url, servers={"urls": [url], "concurrency": 1}), storage, "unit").answer(QUESTIONS[:1])
    Remembering(chat(url), storage, "unit").answer(QUESTIONS[1:2])
    name = segments(storage)[0]
    storage.write(name, storage.read(name).replace(b"QUESTION", b"QUESTIAN"))
    opened = Remembering(chat(url), storage, "unit")
    assert opened.damaged == 1
    assert texts(opened.answer(QUESTIONS[:2])) == ["QUESTION 0", "QUESTION 1"]
    assert len(script.seen) == 3
    assert Remembering(chat(url), storage, "unit").damaged == 0


@given(damage=st.binary(max_size=40), at=st.floats(0, 1), keep=st.booleans())
@settings(max_examples=40)
def test_no_damage_brings_a_wrong_answer_or_an_error(damage, at, keep, tmp_path_factory):
    storage = open_storage(str(tmp_path_factory.mktemp("out")))
    known = {f"{i:064x}": Answer(f"answer {i}", True, i, i) for i in range(5)}
    kept = answers._Segments(storage, "answers/unit", 1 << 20)
    kept.append(known, known)
    (name,) = segments(storage)
    whole = storage.read(name)
    cut = int(at * len(whole))
    storage.write(name, whole[:cut] + damage + (whole[cut + len(damage) :] if keep else b""))
    loaded = answers._Segments(storage, "answers/unit", 1 << 20).load()
    assert loaded.items() <= known.items()


def test_many_small_segments_become_one_and_nothing_is_lost(url, script, storage):
    questions = [Request("", f"word {i}") for i in range(answers.MOST_SEGMENTS + 5)]
    chatting = Remembering(chat(url), storage, "unit")
    most = 0
    for question in questions:
        chatting.answer([question])
        most = max(most, len(segments(storage)))
    assert len(segments(storage)) < most == answers.MOST_SEGMENTS
    Remembering(chat(url), storage, "unit").answer(questions)
    assert len(script.seen) == len(questions)


def test_a_full_scope_keeps_its_newest_answers(url, script, storage):
    limit = 2000
    chatting = Remembering(chat(url), storage, "unit", limit_bytes=limit)
    for i in range(40):
        chatting.answer([Request("", f"word {i}")])
        assert sum(storage.size(name) for name in segments(storage)) <= limit
    opened = Remembering(chat(url), storage, "unit", limit_bytes=limit)
    opened.answer([Request("", f"word {i}") for i in range(36, 40)])
    assert len(script.seen) == 40
    opened.answer([Request("", "word 0")])
    assert len(script.seen) == 41


def test_two_writers_of_one_scope_lose_nothing(url, script, storage):
    one, other = (Remembering(chat(url), storage, "unit") for _ in range(2))
    one.answer(QUESTIONS[:5])
    other.answer(QUESTIONS[3:])
    paid = len(script.seen)
    Remembering(chat(url), storage, "unit").answer(QUESTIONS)
    assert len(script.seen) == paid


def test_a_segment_has_neither_images_nor_prompts_nor_keys(url, script, storage, monkeypatch):
    monkeypatch.setenv("TEST_KEY", "hunter2")
    Remembering(chat(url, servers={"urls": [url], "api_key_env": "TEST_KEY"}), storage, "unit").answer(QUESTIONS[:1])
    content = storage.read(segments(storage)[0])
    assert script.keys == ["Bearer hunter2"]
    assert not any(word in content for word in (b"hunter2", b"question 0", b"image 0"))
    assert set(json.loads(content)) == {"key", "answer", "sha256"}


def test_identity_and_budget_are_those_of_the_chat_that_is_asked(url, storage):
    asked_chat = chat(url)
    opened = Remembering(asked_chat, storage, "unit")
    assert opened.identity == asked_chat.identity
    assert opened.budget(QUESTIONS[0]) == 5
    assert segments(storage) == []


def test_answers_may_lie_on_an_object_store(url, script):
    storage = open_storage("memory://answers-test")
    Remembering(chat(url), storage, "unit").answer(QUESTIONS)
    Remembering(chat(url), storage, "unit").answer(QUESTIONS)
    assert len(script.seen) == 10
    for name in segments(storage):
        storage.delete(name)
