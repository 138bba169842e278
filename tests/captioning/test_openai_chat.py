from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from captioning import openai_chat
from captioning.chat import Answer, Fault, Request, open_chat
from captioning.openai_chat import OpenAIChat
from schemas.errors import RecipeError
from schemas.recipe import Engine, Model
from tests.captioning.scripted_server import (
    Behaviour,
    Script,
    answering,
    completion,
    dripping,
    dying,
    endless,
    failing,
    hanging,
    saying,
    serving,
)

JPEG = b"\xff\xd8 a picture"
QUESTION = Request("You are terse.", "go left")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Back-off in hundredths of a second."""
    monkeypatch.setattr(openai_chat, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(openai_chat, "LONGEST_WAIT", 0.5)


def chat_with(*urls: str, model: str = "tiny", max_model_len: int = 4096, **servers: Any) -> OpenAIChat:
    options = {"urls": urls, "timeout": 5.0, "deadline": 20.0, "retries": 3} | servers
    return OpenAIChat(Model.model_validate({"model": model, "max_model_len": max_model_len, "servers": options}))


def only(outcomes: list[Answer | Fault]) -> Answer | Fault:
    (outcome,) = outcomes
    return outcome


def after(*behaviours: Behaviour, **servers: Any) -> tuple[Answer | Fault, Script]:
    """What comes of one question to a server that first behaves so."""
    script = Script(list(behaviours))
    with serving(script) as url:
        return only(chat_with(url, **servers).answer([QUESTION])), script


def test_a_request_is_sent_as_the_recipe_says_and_answered():
    script = Script()
    model = {"model": "tiny", "temperature": 0.7, "top_p": 0.8, "top_k": 20, "presence_penalty": 1.5, "max_tokens": 9}
    schema = '{"type": "object"}'
    with serving(script) as url:
        chat = open_chat("openai", Model.model_validate(model | {"servers": {"urls": [url]}}), Engine())
        outcome = chat.answer([Request("You are terse.", "go left", (JPEG, JPEG), answer_schema=schema)])
    assert outcome == [Answer("GO LEFT", True, 5, 3)]
    (body,) = script.seen
    system, user = body.pop("messages")
    assert system == {"role": "system", "content": "You are terse."}
    assert [part["type"] for part in user["content"]] == ["image_url", "image_url", "text"]
    assert user["content"][0]["image_url"]["url"].startswith("data:image/jpeg;base64,/9gg")
    assert body.pop("response_format")["json_schema"]["schema"] == json.loads(schema)
    assert 0 <= body.pop("seed") < 2**31
    assert body == model | {"chat_template_kwargs": {"enable_thinking": False}}


def test_what_only_vllm_understands_is_sent_only_where_the_recipe_asks_for_it():
    script = Script()
    with serving(script) as url:
        model = Model.model_validate({"model": "tiny", "thinking": True, "servers": {"urls": [url]}})
        OpenAIChat(model).answer([QUESTION])
    assert not {"top_k", "chat_template_kwargs"} & set(script.seen[0])


def test_answers_come_in_the_order_of_the_requests_and_no_more_are_in_flight_than_allowed():
    def late(handler, body):
        time.sleep(0.05)
        answering()(handler, body)

    script = Script([hanging(0.3)], then=late)
    requests = [Request("", f"question {i}") for i in range(20)]
    with serving(script) as url:
        outcomes = chat_with(url, concurrency=4).answer(requests)
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Answer)] == [f"QUESTION {i}" for i in range(20)]
    assert 2 <= script.most_at_once <= 4


def test_arrivals_bring_an_answer_before_the_slowest_is_there():
    def behave(handler, body):
        time.sleep(1.0 if "slow" in str(body) else 0.0)
        answering()(handler, body)

    with serving(Script(then=behave)) as url:
        start = time.monotonic()
        arrivals = chat_with(url).arrivals([Request("", "slow"), Request("", "quick")])
        first = next(arrivals)
        assert time.monotonic() - start < 0.9
        assert [index for index, _ in first] == [1]
        assert [index for group in arrivals for index, _ in group] == [0]


@pytest.mark.parametrize(
    "trouble",
    [
        failing(429), failing(500), failing(502), failing(503), failing(408), dying, saying(b"<html>"), saying(b"[]"),
        saying(b"{}"), saying(b'{"choices": []}'), saying(b'{"choices": [{"message": {"content": 7}}]}'),
        saying(b'{"choices": "none"}'), saying(b"\xff\xfe"), hanging(0.0), endless,
    ],
)  # fmt: skip
def test_trouble_that_passes_is_asked_again(trouble):
    outcome, script = after(trouble, trouble)
    assert outcome == Answer("GO LEFT", True, 5, 3)
    assert len(script.seen) == 3
    assert script.seen[0] == script.seen[2]


@pytest.mark.parametrize("trouble", [failing(500, "out of memory"), failing(429), dying, saying(b"nonsense")])
def test_trouble_that_stays_is_a_transient_fault_after_all_tries(trouble):
    outcome, script = after(*[trouble] * 9)
    assert isinstance(outcome, Fault)
    assert outcome.transient
    assert len(script.seen) == 4


def test_a_fault_says_what_the_server_said_last():
    outcome, _ = after(*[failing(500, "out of  memory\n" + "x" * 1000)] * 9)
    assert isinstance(outcome, Fault)
    assert "HTTP 500: out of memory xxx" in outcome.why
    assert len(outcome.why) < 500


def test_a_busy_server_is_left_alone_for_as_long_as_it_says(monkeypatch):
    monkeypatch.setattr(openai_chat, "LONGEST_WAIT", 5.0)
    start = time.monotonic()
    outcome, _ = after(failing(429, Retry_After="1"))
    assert isinstance(outcome, Answer)
    assert 1.0 <= time.monotonic() - start < 3


@pytest.mark.parametrize("trouble", [hanging(30), dripping(30)])
def test_a_server_that_hangs_or_drips_is_cut_off_in_time(trouble):
    start = time.monotonic()
    outcome, script = after(trouble, timeout=0.4)
    assert outcome == Answer("GO LEFT", True, 5, 3)
    assert time.monotonic() - start < 3
    assert len(script.seen) == 2


def test_the_deadline_bounds_all_tries_of_a_request():
    start = time.monotonic()
    outcome, _ = after(*[hanging(30)] * 9, timeout=0.4, deadline=1.0, retries=20)
    assert isinstance(outcome, Fault)
    assert outcome.transient
    assert time.monotonic() - start < 3


def test_a_request_that_a_server_cannot_bear_does_not_hold_up_the_others():
    def poisoned(handler, body):
        (failing(500) if "poison" in str(body) else answering())(handler, body)

    with serving(Script(then=poisoned)) as url:
        requests = [Request("", "poison"), *(Request("", f"{i}") for i in range(9))]
        outcomes = chat_with(url, concurrency=2).answer(requests)
    assert isinstance(outcomes[0], Fault)
    assert [outcome.text for outcome in outcomes[1:] if isinstance(outcome, Answer)] == [str(i) for i in range(9)]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_name_stops_the_run_with_advice(status):
    with serving(Script(then=failing(status, "go away"))) as url, pytest.raises(RecipeError) as error:
        chat_with(url).answer([QUESTION] * 3)
    assert "go away" in str(error.value)
    assert "api_key_env" in str(error.value)


@pytest.mark.parametrize("words", ["At most 0 image(s) may be provided", "tiny is not a multimodal model"])
def test_a_server_that_refuses_images_stops_the_run_with_advice(words):
    with serving(Script(then=failing(400, words))) as url:
        with pytest.raises(RecipeError, match="limit-mm-per-prompt"):
            chat_with(url).answer([Request("", "what is it?", (JPEG,))])
        assert isinstance(only(chat_with(url).answer([QUESTION])), Fault)


@pytest.mark.parametrize("words", ["cannot identify image file", "maximum context length is 4096 tokens", "bad schema"])
def test_a_bad_request_is_a_lasting_fault_of_its_own(words):
    outcome, script = after(failing(400, words))
    assert isinstance(outcome, Fault)
    assert not outcome.transient
    assert len(script.seen) == 1


def test_a_cut_off_answer_says_so_and_thoughts_are_cut_out():
    cut_off = answering("<think>left or</think>Go.", finish_reason="length")
    script = Script([cut_off, saying(json.dumps(completion(None)).encode())])
    with serving(script) as url:
        chat = chat_with(url, concurrency=1)
        assert chat.answer([QUESTION]) == [Answer("Go.", False, 5, 3)]
        assert chat.answer([QUESTION]) == [Answer("", True, 5, 3)]


def test_counts_that_a_server_does_not_give_are_zero():
    outcome, _ = after(saying(b'{"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}], "usage": [1]}'))
    assert outcome == Answer("yes", True, 0, 0)


def test_several_servers_share_the_work_and_one_that_dies_loses_nothing():
    first, second = Script(), Script()
    requests = [Request("", f"question {i}") for i in range(30)]
    with serving(second) as there:
        with serving(first) as here:
            chat = chat_with(here, there)
            assert all(isinstance(outcome, Answer) for outcome in chat.answer(requests))
            assert min(len(first.seen), len(second.seen)) >= 10
        outcomes = chat.answer(requests)
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Answer)] == [f"QUESTION {i}" for i in range(30)]


def test_the_first_server_that_answers_says_who_it_is():
    with socket.socket() as closed, serving(Script()) as url:
        closed.bind(("127.0.0.1", 0))
        chat = chat_with(f"http://127.0.0.1:{closed.getsockname()[1]}/v1", url)
        assert chat.identity.version == "script 7.7"
        assert (chat.identity.backend, chat.identity.model, chat.identity.revision) == ("openai", "tiny", "")
        assert json.loads(chat.identity.sampling)["max_tokens"] == 512


def test_no_server_or_another_model_or_no_url_is_said_before_anything_is_asked():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(RecipeError, match="no server answers"):
            chat_with(f"http://127.0.0.1:{closed.getsockname()[1]}/v1")
    with serving(Script()) as url, pytest.raises(RecipeError, match="no model 'large', but tiny"):
        chat_with(url, model="large")
    with pytest.raises(RecipeError, match="http") as error:
        chat_with("http://me:hunter2@127.0.0.1/v1")
    assert "hunter2" not in str(error.value)
    with pytest.raises(RecipeError, match="http"):
        chat_with("file:///etc/passwd")


def test_the_key_comes_from_the_environment_and_is_told_to_nobody_else(monkeypatch):
    monkeypatch.setenv("TEST_KEY", "hunter2")
    script = Script(key="hunter2")
    with serving(script) as url:
        chat = chat_with(url, api_key_env="TEST_KEY")
        assert isinstance(only(chat.answer([QUESTION])), Answer)
        assert "hunter2" not in repr(chat.identity) + repr(vars(chat))
        monkeypatch.setenv("TEST_KEY", "hunter3")
        with pytest.raises(RecipeError, match="HTTP 401: wrong key") as error:
            chat.answer([QUESTION])
        assert "hunter3" not in str(error.value)
        monkeypatch.delenv("TEST_KEY")
        with pytest.raises(RecipeError, match="TEST_KEY, which is not set"):
            chat.answer([QUESTION])


def test_the_budget_is_what_the_server_counts_and_too_much_is_refused_with_numbers():
    script = Script(then=answering(prompt=3000))
    with serving(script) as url:
        assert chat_with(url).budget(QUESTION) == 3000
        assert script.seen[0]["max_tokens"] == 1
        with pytest.raises(RecipeError, match=r"3000 tokens .* 512 .* 3400 tokens"):
            chat_with(url, max_model_len=3400).budget(QUESTION)
        # The server's own context, 4096 tokens, counts where the recipe hopes for more.
        script.then = answering(prompt=4000)
        with pytest.raises(RecipeError, match="4096"):
            chat_with(url, max_model_len=32768).budget(QUESTION)
        script.then = failing(400, "maximum context length is 4096 tokens")
        with pytest.raises(RecipeError, match="maximum context length is 4096"):
            chat_with(url).budget(QUESTION)
