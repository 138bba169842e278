"""Requests as OpenAI's chat messages, which vLLM takes in process and every server over HTTP; texts out of answers."""

from __future__ import annotations

import base64
import re
from typing import Any

from captioning.chat import ModelIdentity, Request
from schemas.identity import canonical_json
from schemas.recipe import Model

_THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)


def messages_of(request: Request) -> list[dict[str, Any]]:
    """System and user message; images come before the text, as data URIs, a video as one URI of its frames."""
    parts: list[dict[str, Any]]
    if request.video and request.images:
        frames = ",".join(_base64(image) for image in request.images)
        parts = [{"type": "video_url", "video_url": {"url": f"data:video/jpeg;base64,{frames}"}}]
    else:
        parts = [
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{_base64(image)}"}}
            for image in request.images
        ]
    content: Any = [*parts, {"type": "text", "text": request.text}] if parts else request.text
    system = [{"role": "system", "content": request.system}] if request.system else []
    return [*system, {"role": "user", "content": content}]


def template_options(model: Model) -> dict[str, bool]:
    """What the chat template is told."""
    return {} if model.thinking else {"enable_thinking": False}


def spoken(text: str) -> str:
    """A text without thoughts: without `<think>` blocks, also where only one of its two ends is there.

    Halves of characters, which JSON can bring and UTF-8 has not, become '?'.
    """
    said = _THOUGHTS.sub("", text).rpartition("</think>")[2]
    return said.encode("utf-8", "replace").decode("utf-8").strip()


def identity_of(backend: str, model: Model, revision: str, version: str) -> ModelIdentity:
    """Who answers, with all settings that shape what it says."""
    shaping = {"temperature", "top_p", "top_k", "presence_penalty", "max_tokens", "thinking"}
    sampling = canonical_json(model.model_dump(mode="json", include=shaping)).decode()
    return ModelIdentity(backend, model.model, revision, version, sampling)


def too_long(where: str, prompt_tokens: int, model: Model, context: int) -> str | None:
    """Why a prompt of so many tokens does not fit, and what to change; None where it fits."""
    if prompt_tokens + model.max_tokens <= context:
        return None
    return (
        f"{where}: a prompt of {prompt_tokens} tokens and an answer of up to {model.max_tokens} (max_tokens) do not "
        f"fit the context of {context} tokens; send fewer or smaller frames, or a video instead of images, "
        f"lower max_tokens, or raise max_model_len as far as the model allows"
    )


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
