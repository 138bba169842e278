"""Our vLLM actor beside plain `vllm.LLM.chat` on the same prompts, and a warm cache beside a cold one.

Run with `make bench-captioning`. On the CPU, with a tiny LLaVA-OneVision in float32: what is compared is what we add
to the engine, not the engine. Each round has new images, so that neither side answers from the engine's own caches.
"""

from __future__ import annotations

import io
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.report import Row, compare, median_seconds, report
from captioning.answers import Remembering
from captioning.chat import Answer, Chat, Request, open_chat
from factory.storage import open_storage
from schemas.recipe import Engine, Model
from tests.captioning.checkpoints import CONTEXT, make_llava
from tests.captioning.tiny_models import MAX_IMAGES, picture, tiny

CLIPS = 64
FRAMES = 3
TOKENS = 64
RUNS = 5
SYSTEM = "You describe what the camera of a robot sees."


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = tiny(make_llava(Path(folder) / "llava"), max_tokens=TOKENS)
        actor = open_chat("vllm", model, Engine(executor="ray", workers=1))
        try:
            rows = list(_rows(model, actor, folder))
        finally:
            actor.close()
    report("captioning", rows)


def _rows(model: Model, actor: Chat, folder: str) -> Iterator[Row]:
    plain = _plain_engine(model)
    ours, one_batch, one_by_one = _rounds(), _rounds(), _rounds()
    said: list[int] = []

    def ask() -> None:
        outcomes = actor.answer(next(ours))
        said.append(sum(outcome.output_tokens for outcome in outcomes if isinstance(outcome, Answer)))

    def call_a_clip() -> None:
        for request in next(one_by_one):
            _chat(plain, [request])

    # The first round starts the engines.
    ask()
    _chat(plain, next(one_batch))
    seconds = median_seconds(
        {"ours": ask, "one batch": lambda: _chat(plain, next(one_batch)), "a call a clip": call_a_clip}, RUNS
    )
    clips = {name: CLIPS / value for name, value in seconds.items()}
    tokens = sum(said) / len(said) / CLIPS
    what = f"our actor, {CLIPS} clips of {FRAMES} frames"
    yield compare(what, clips["ours"], "clips/s", "vllm.LLM.chat, one batch", clips["one batch"])
    yield compare(
        what, tokens * clips["ours"], "output tokens/s", "vllm.LLM.chat, one batch", tokens * clips["one batch"]
    )
    yield compare(what, clips["ours"], "clips/s", "vllm.LLM.chat, a call a clip", clips["a call a clip"])

    requests = next(ours)
    cold = median_seconds({"cold": _asking(actor, folder, requests)}, 1)["cold"]
    warm = median_seconds({"warm": _asking(actor, folder, requests)}, RUNS)["warm"]
    yield compare("the same clips again, from the cache", CLIPS / warm, "clips/s", "the first time", CLIPS / cold)


def _asking(actor: Chat, folder: str, requests: list[Request]) -> Callable[[], object]:
    """As a relaunch does it: the cache is opened anew."""
    return lambda: Remembering(actor, open_storage(f"{folder}/out"), "unit").answer(requests)


def _rounds() -> Iterator[list[Request]]:
    for first in itertools.count(0, CLIPS):
        yield [
            Request(SYSTEM, f"Clip {clip}. What happens?", tuple(picture(FRAMES * clip + k) for k in range(FRAMES)))
            for clip in range(first, first + CLIPS)
        ]


def _plain_engine(model: Model) -> Any:
    from vllm import LLM

    return LLM(
        model.model,
        dtype="float32",
        max_model_len=CONTEXT,
        enforce_eager=True,
        limit_mm_per_prompt={"image": MAX_IMAGES},
        distributed_executor_backend="uni",
    )


def _chat(engine: Any, requests: list[Request]) -> Any:
    from vllm import SamplingParams

    return engine.chat(
        [_talk(request) for request in requests],
        SamplingParams(temperature=0.0, max_tokens=TOKENS),
        use_tqdm=False,
        chat_template_kwargs={"enable_thinking": False},
    )


def _talk(request: Request) -> list[dict[str, Any]]:
    images = [Image.open(io.BytesIO(image)).convert("RGB") for image in request.images]
    parts = [{"type": "image_pil", "image_pil": image} for image in images]
    return [
        {"role": "system", "content": request.system},
        {"role": "user", "content": [*parts, {"type": "text", "text": request.text}]},
    ]


if __name__ == "__main__":
    main()
