"""Engines in Ray actors: shared, restarted, given back."""

from __future__ import annotations

from functools import partial

import pytest
import ray

from captioning.chat import Answer, Request
from captioning.vllm_actors import VllmActors
from schemas.errors import RecipeError
from schemas.recipe import Engine
from tests.captioning.tiny_models import picture, tiny

pytestmark = [pytest.mark.caption, pytest.mark.ray, pytest.mark.filterwarnings("default")]

ENGINE = Engine(executor="ray", workers=1)


@pytest.fixture(scope="module", autouse=True)
def own_ray(vllm_version):
    ray.shutdown()
    yield
    ray.shutdown()


def questions(count: int) -> list[Request]:
    return [Request("", f"What {i}?", (picture(i),)) for i in range(count)]


def test_an_actor_that_has_done_its_share_or_dies_is_replaced_and_no_answer_is_lost(llava, llava_chat):
    chat = VllmActors(tiny(llava, vllm={"batch_size": 2, "recycle_after": 2}), ENGINE)
    try:
        pids = {ray.get(actor.pid.remote()) for actor in chat._actors}
        assert chat.answer(questions(6)) == llava_chat.answer(questions(6))
        assert pids.isdisjoint(ray.get(actor.pid.remote()) for actor in chat._actors)
    finally:
        chat.close()


def test_a_unit_in_another_process_asks_the_same_actors(llava, llava_chat):
    chat = VllmActors(tiny(llava), ENGINE)
    try:
        work = partial(_ask, chat)
        asked = ray.remote(_run).remote(work, questions(2))
        outcomes = ray.get(asked)
        assert all(isinstance(outcome, Answer) for outcome in outcomes)
        assert outcomes == llava_chat.answer(questions(2))
    finally:
        chat.close()


def test_more_gpus_than_there_are_are_refused_at_once(llava):
    with pytest.raises(RecipeError, match=r"1 actors of 2 GPUs each, this machine has 0 left"):
        VllmActors(tiny(llava, vllm={"gpus": None, "tensor_parallel": 2}), ENGINE)


def test_what_the_model_is_refused_for_comes_out_of_the_actor_as_it_is(llava, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"half")
    with pytest.raises(RecipeError, match="not a whole safetensors file"):
        VllmActors(tiny(tmp_path), ENGINE)


def _ask(chat, requests):
    return chat.answer(requests)


def _run(work, requests):
    return work(requests)
