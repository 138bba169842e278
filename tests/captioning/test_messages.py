from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.chat import Request
from captioning.messages import identity_of, messages_of, spoken, template_options, too_long
from schemas.recipe import Model

MODEL = Model(model="tiny", max_tokens=100)


def test_a_text_alone_is_a_plain_message_and_no_system_prompt_is_no_message():
    assert messages_of(Request("", "go")) == [{"role": "user", "content": "go"}]
    assert messages_of(Request("be brief", "go"))[0] == {"role": "system", "content": "be brief"}


def test_images_come_in_order_before_the_text():
    (message,) = messages_of(Request("", "go", (b"one", b"two")))
    urls = [part["image_url"]["url"] for part in message["content"][:2]]
    assert [base64.b64decode(url.removeprefix("data:image/jpeg;base64,")) for url in urls] == [b"one", b"two"]
    assert message["content"][2] == {"type": "text", "text": "go"}


def test_a_video_is_one_part_with_all_its_frames():
    (message,) = messages_of(Request("", "go", (b"one", b"two"), video=True))
    video, text = message["content"]
    frames = video["video_url"]["url"].removeprefix("data:video/jpeg;base64,").split(",")
    assert [base64.b64decode(frame) for frame in frames] == [b"one", b"two"]
    assert text == {"type": "text", "text": "go"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Go left.", "Go left."),
        ("<think>\nleft? right?\n</think>\n\nGo left.", "Go left."),
        ("<think></think>Go <think>hm</think>left.", "Go left."),
        ("so left it is</think> Go left.", "Go left."),
        ("Go left.<think>was that", "Go left."),
        ("<think>never came to an end", ""),
        ("Go \ud83d left.", "Go ? left."),
        ("", ""),
    ],
)
def test_thoughts_are_not_spoken(text, said):
    assert spoken(text) == said


@given(st.text())
def test_a_spoken_text_is_always_utf8_without_thoughts(text):
    said = spoken(text)
    said.encode()
    assert "</think>" not in said
    assert spoken(said) == said


def test_the_template_is_told_of_thinking_only_to_turn_it_off():
    assert template_options(MODEL) == {"enable_thinking": False}
    assert template_options(MODEL.model_copy(update={"thinking": True})) == {}


def test_identity_changes_with_what_shapes_an_answer_and_not_with_where_it_is_made():
    def identity(**changes):
        return identity_of("vllm", MODEL.model_copy(update=changes), "main", "1")

    assert identity(temperature=0.1) != identity()
    assert identity(max_tokens=3) != identity()
    assert identity(max_model_len=9999) == identity()
    assert identity(servers=MODEL.servers.model_copy(update={"urls": ("http://b/v1",)})) == identity()


def test_prompt_and_answer_together_must_fit_and_the_problem_has_all_numbers():
    assert too_long("here", 900, MODEL, 1000) is None
    problem = too_long("here", 901, MODEL, 1000)
    assert problem is not None
    assert all(word in problem for word in ("here", "901", "100", "1000", "max_model_len", "frames"))


def test_a_request_has_one_digest_and_seed_and_another_attempt_has_others():
    request = Request("s", "t", (b"i",))
    assert request.digest() == Request("s", "t", (b"i",)).digest()
    assert request.digest() != Request("s", "t", (b"i",), attempt=1).digest()
    assert request.seed() != Request("s", "t", (b"i",), attempt=1).seed()
    assert 0 <= request.seed() < 2**31
