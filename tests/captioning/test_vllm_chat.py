"""The real engine on the CPU, with tiny checkpoints of the real architectures."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from captioning.chat import Answer, Fault, Request
from captioning.checkpoints import check_names
from captioning.messages import messages_of
from captioning.vllm_chat import VllmChat, batches
from schemas.errors import RecipeError
from tests.captioning.checkpoints import CONTEXT
from tests.captioning.tiny_models import MAX_IMAGES, picture, tiny

pytestmark = [pytest.mark.caption, pytest.mark.filterwarnings("default")]

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"turn": {"enum": ["left", "right"]}, "steps": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["turn", "steps"],
        "additionalProperties": False,
    }
)


def question(images: int | tuple[bytes, ...], **changes) -> Request:
    frames = images if isinstance(images, tuple) else tuple(picture(i) for i in range(images))
    return replace(Request("You see.", "What now?", frames), **changes)


def greedy(folder, request: Request) -> tuple[int, list[int]]:
    """Tokens of the prompt, and what transformers says: the likeliest token each time."""
    import torch
    from PIL import Image
    from transformers import AutoProcessor, LlavaOnevisionForConditionalGeneration

    processor = AutoProcessor.from_pretrained(folder)
    # The names on the hub are the older ones; transformers maps them itself.
    model = LlavaOnevisionForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    frames = [Image.open(io.BytesIO(image)).convert("RGB") for image in request.images]
    kind = "video" if request.video else "image"
    parts = [{"type": kind}] * (1 if request.video else len(frames))
    talk = [
        {"role": "system", "content": request.system},
        {"role": "user", "content": [*parts, {"type": "text", "text": request.text}]},
    ]
    prompt = processor.apply_chat_template(talk, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    media = {"videos": [frames]} if request.video else {"images": frames} if frames else {}
    inputs = processor(text=[prompt], return_tensors="pt", **media)
    with torch.no_grad():
        output = model.generate(**inputs, max_new_tokens=8, do_sample=False)
    prompt_tokens = inputs["input_ids"].shape[1]
    return prompt_tokens, output[0, prompt_tokens:].tolist()


@pytest.mark.parametrize(
    "request_",
    [question(1), question(2), question(3), question(3, video=True)],
    ids=["one image", "two images", "three images", "a video"],
)
def test_vllm_says_what_transformers_says(llava, llava_chat, request_):
    prompt_tokens, tokens = greedy(llava, request_)
    (output,) = llava_chat._engine.chat(
        [messages_of(request_)], llava_chat._sampling(request_), chat_template_kwargs={"enable_thinking": False}
    )
    assert list(output.outputs[0].token_ids) == tokens
    (answer,) = llava_chat.answer([request_])
    assert isinstance(answer, Answer)
    assert answer.text == output.outputs[0].text.strip()
    assert (answer.prompt_tokens, answer.output_tokens) == (prompt_tokens, len(tokens))
    assert llava_chat.budget(request_) == prompt_tokens


def test_other_images_and_another_order_of_them_bring_other_answers(llava_chat):
    one, other = picture(1), picture(2)
    outcomes = llava_chat.answer([question(images) for images in ((one,), (other,), (one, other), (other, one))])
    assert len({outcome.text for outcome in outcomes if isinstance(outcome, Answer)}) == 4


def test_the_budget_of_a_text_is_what_the_engine_counts(llava_chat):
    (answer,) = llava_chat.answer([question(0)])
    assert isinstance(answer, Answer)
    assert llava_chat.budget(question(0)) == answer.prompt_tokens


def test_too_long_a_prompt_or_too_many_images_are_refused_before_anything_starts(llava):
    chat = VllmChat(tiny(llava, max_model_len=800))
    with pytest.raises(RecipeError, match=r"a prompt of \d+ tokens .* 8 .* 800 tokens"):
        chat.budget(question(3))
    with pytest.raises(RecipeError, match="5 frames, and max_images is 4"):
        chat.budget(question(MAX_IMAGES + 1))
    with pytest.raises(RecipeError, match="no JPEG"):
        chat.budget(question((b"junk",)))
    assert "_engine" not in vars(chat)


def test_bad_requests_are_faults_of_their_own_and_the_others_are_answered(llava_chat):
    requests = [question(1), question((b"junk",)), question(0, text="y " * 5000), question(2)]
    first, junk, long, last = llava_chat.answer(requests)
    assert [first, last] == llava_chat.answer([requests[0], requests[3]])
    assert isinstance(junk, Fault) and not junk.transient
    assert "image" in junk.why
    assert isinstance(long, Fault) and not long.transient
    assert str(CONTEXT) in long.why


def test_batches_change_no_greedy_answer(llava, llava_chat):
    requests = [question(1, text=f"What {i}?") for i in range(5)]
    small = VllmChat(tiny(llava, vllm={"batch_size": 2}))
    vars(small)["_engine"] = llava_chat._engine
    groups = list(small.arrivals(requests))
    assert [[index for index, _ in group] for group in groups] == [[0, 1], [2, 3], [4]]
    assert small.answer(requests) == llava_chat.answer(requests)


def test_batches_cover_all_once():
    assert batches(5, 2) == [range(2), range(2, 4), range(4, 5)]
    assert batches(0, 2) == []


@pytest.fixture(scope="module")
def refiner(qwen3):
    chat = VllmChat(tiny(qwen3, max_tokens=40, temperature=0.7, top_p=0.8, top_k=20, presence_penalty=1.5))
    yield chat
    chat.close()


def test_an_answer_fits_the_schema_it_was_asked_for(refiner):
    for outcome in refiner.answer([Request("", f"turn {i}", answer_schema=SCHEMA) for i in range(8)]):
        assert isinstance(outcome, Answer)
        assert outcome.finished
        assert set(json.loads(outcome.text)) == {"turn", "steps"}
        assert " " not in outcome.text


def test_a_cut_off_answer_says_so(qwen3, refiner):
    short = VllmChat(tiny(qwen3, max_tokens=3))
    vars(short)["_engine"] = refiner._engine
    (outcome,) = short.answer([Request("", "turn", answer_schema=SCHEMA)])
    assert isinstance(outcome, Answer)
    assert (outcome.finished, outcome.output_tokens) == (False, 3)


def test_another_attempt_is_sampled_anew_and_the_same_one_alike(refiner):
    first, same, second = (refiner.answer([Request("", "go on", attempt=attempt)])[0] for attempt in (0, 0, 1))
    assert first == same != second


def test_a_model_without_eyes_refuses_images(refiner):
    with pytest.raises(RecipeError, match="takes no images"):
        refiner.budget(question(1))
    (outcome,) = refiner.answer([question(1)])
    assert isinstance(outcome, Fault)
    assert not outcome.transient


def test_a_closed_chat_loads_its_engine_again(qwen3):
    chat = VllmChat(tiny(qwen3))
    before = chat.answer([question(0)])
    chat.close()
    chat.close()
    assert chat.answer([question(0)]) == before
    chat.close()


def test_an_engine_that_another_one_took_down_is_started_anew_and_the_answer_comes(qwen3):
    one, other = VllmChat(tiny(qwen3)), VllmChat(tiny(qwen3))
    expected = one.answer([question(0)])
    other.answer([question(0)])
    other.close()  # and with it what vLLM shares within a process
    assert one.answer([question(0)]) == expected
    one.close()


def test_a_model_that_is_not_there_stops_the_run(tmp_path, vllm_version):
    missing = VllmChat(tiny(tmp_path / "nowhere"))
    with pytest.raises(RecipeError, match="no such model"):
        missing.budget(question(0))
    with pytest.raises(RecipeError, match="cannot load it"):
        missing.answer([question(0)])


def test_a_checkpoint_saved_by_transformers_5_is_refused_and_the_advice_mends_it(llava, tmp_path):
    from safetensors.torch import load_file, save_file

    weights = load_file(llava / "model.safetensors")
    saved = {name.replace("vision_tower.vision_model.", "vision_tower."): value for name, value in weights.items()}
    save_file(saved, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RecipeError, match="transformers 5") as error:
        check_names(str(tmp_path))
    program = "\n".join(line.strip() for line in str(error.value).splitlines()[1:])
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    check_names(str(tmp_path))
    assert load_file(tmp_path / "model.safetensors").keys() == weights.keys()


def test_the_identity_names_the_version_of_vllm_and_the_files_of_the_model(llava, llava_chat, vllm_version):
    identity = llava_chat.identity
    assert (identity.backend, identity.version, identity.model) == ("vllm", vllm_version, str(llava))
    assert len(identity.revision) == 16
    assert os.environ["VLLM_NO_USAGE_STATS"] == "1"
