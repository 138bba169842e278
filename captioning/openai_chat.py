"""A model behind OpenAI-compatible servers: vLLM's own or any other, one or many."""

from __future__ import annotations

import http
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

from captioning.chat import Answer, Fault, ModelIdentity, Request, in_order
from captioning.messages import identity_of, messages_of, spoken, template_options, too_long
from captioning.servers import BrokenReplyError, Reply, Rota, checked, fetch
from schemas.errors import RecipeError
from schemas.recipe import Model

FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0
_HELLO_SECONDS = 20.0
_LATER = {408, 409, 425, 429}
_BUSY = {429, 503}
_NOBODY = {401, 403, 404}
_ABOUT_IMAGES = ("image", "video", "modal")
_REFUSAL = ("at most", "support", "not a multi", "allowed", "unexpected", "cannot accept", "must be a string")
_ABOUT_LENGTH = ("context length", "max_model_len", "maximum context", "too long", "max_tokens")


class OpenAIChat:
    """Asks several at a time; keeps no connection and no key, so that a copy can go to another process."""

    def __init__(self, model: Model) -> None:
        """Raises RecipeError where no server answers, the key is not set, or no server has the model."""
        self._model = model
        self._urls = tuple(checked(url) for url in model.servers.urls)
        version, self._context = _greet(self._urls, model)
        self._identity = identity_of("openai", model, model.revision or "", version)

    @property
    def identity(self) -> ModelIdentity:
        """Who answers; version : vLLM's, else who the server says owns the model."""
        return self._identity

    def budget(self, request: Request) -> int:
        """Tokens of the prompt as the server counts them: it is asked for an answer of one token. 0 if it does not say.

        Raises RecipeError where they do not fit the context, or the server refuses them.
        """
        outcome = _Conversation(self._model, self._urls).ask(request, max_tokens=1)
        if isinstance(outcome, Fault):
            raise RecipeError(f"captioning: {self._model.model}: the largest request is not answered: {outcome.why}")
        context = min(self._context or self._model.max_model_len, self._model.max_model_len)
        problem = too_long(f"captioning: {self._model.model}", outcome.prompt_tokens, self._model, context)
        if problem is not None:
            raise RecipeError(problem)
        return outcome.prompt_tokens

    def answer(self, requests: Sequence[Request]) -> list[Answer | Fault]:
        """An answer or a fault for each, in order. Raises RecipeError for what every request would meet."""
        return in_order(len(requests), self.arrivals(requests))

    def arrivals(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Fault]]]:
        """As the servers answer."""
        talk = _Conversation(self._model, self._urls)
        pool = ThreadPoolExecutor(self._model.servers.concurrency, thread_name_prefix="captioning")
        try:
            asked = {pool.submit(talk.ask, request, self._model.max_tokens): i for i, request in enumerate(requests)}
            while asked:
                done, _ = wait(asked, return_when=FIRST_COMPLETED)
                fatal = next((error for future in done if (error := future.exception()) is not None), None)
                yield [(asked.pop(future), future.result()) for future in done if future.exception() is None]
                if fatal is not None:
                    raise fatal
        finally:
            talk.over.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Nothing is kept between questions."""


class _Conversation:
    """Asks the servers turn by turn, each request as often as it takes, until it is over."""

    def __init__(self, model: Model, urls: Sequence[str]) -> None:
        self._model = model
        self._rota = Rota(urls)
        self._headers = _authorization(model)
        self.over = threading.Event()

    def ask(self, request: Request, max_tokens: int) -> Answer | Fault:
        """Raises RecipeError where no request of this kind can be answered."""
        options = self._model.servers
        body = _body(self._model, request, max_tokens)
        deadline = time.monotonic() + options.deadline
        why, own_pause = "none", 0.0
        for attempt in range(options.retries + 1):
            url, pause = self._rota.next()
            pause = max(pause, own_pause)
            if time.monotonic() + pause >= deadline or self.over.wait(pause):
                break
            back_off = min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)
            own_pause = 0.0
            try:
                left = min(options.timeout, deadline - time.monotonic())
                reply = fetch(f"{url}/chat/completions", body, self._headers, left)
                if reply.status == http.HTTPStatus.OK:
                    return _answer(reply.content)
            except BrokenReplyError as error:
                why = str(error)
                self._rota.rest(url, back_off)
                continue
            why = f"{url}: HTTP {reply.status}: {_words(reply)}"
            if (fault := _final(reply, request, why)) is not None:
                return fault
            if reply.status in _BUSY:
                self._rota.rest(url, min(LONGEST_WAIT, max(back_off, reply.retry_after)))
            else:
                own_pause = back_off  # perhaps it is this request that the server cannot bear
        return Fault(f"no answer in {options.retries + 1} tries or {options.deadline:g} s; the last: {why}", True)


def _final(reply: Reply, request: Request, why: str) -> Fault | None:
    """The fault of a reply that would be the same again; None for one worth another try.

    Raises RecipeError for one that every request would get.
    """
    if reply.status in _LATER or reply.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    if reply.status in _NOBODY:
        raise RecipeError(
            f"captioning: {why}; check servers.urls (up to and with /v1), the model's name and api_key_env"
        )
    words = _words(reply).lower()
    of_images = any(hint in words for hint in _ABOUT_IMAGES) and not any(hint in words for hint in _ABOUT_LENGTH)
    if request.images and of_images and any(hint in words for hint in _REFUSAL):
        raise RecipeError(
            f"captioning: {why}; the server does not take {len(request.images)} images in a request: serve "
            "a model that sees, "
            "start vLLM with --limit-mm-per-prompt '{\"image\": N}', or send fewer frames"
        )
    # It ends in a record, where servers' addresses have no place.
    return Fault(f"HTTP {reply.status}: {_words(reply)}", transient=False)


def _greet(urls: Sequence[str], model: Model) -> tuple[str, int | None]:
    """Version and context length, of the first server that answers."""
    headers, problems = _authorization(model), []
    for url in urls:
        try:
            reply = fetch(f"{url}/models", None, headers, _HELLO_SECONDS)
        except BrokenReplyError as error:
            problems.append(str(error))
            continue
        if reply.status != http.HTTPStatus.OK:
            problems.append(f"{url}/models: HTTP {reply.status}: {_words(reply)}")
            continue
        card = _card(reply.content, model, url)
        context = card.get("max_model_len")
        return _version(url, headers, card), context if isinstance(context, int) else None
    raise RecipeError(
        f"captioning: {model.model}: no server answers ({'; '.join(problems)}); start one, e.g. `vllm serve "
        f"{model.model}`, and check servers.urls and api_key_env"
    )


def _card(content: dict[str, Any], model: Model, url: str) -> dict[str, Any]:
    listed = content.get("data")
    cards = [card for card in listed if isinstance(card, dict)] if isinstance(listed, list) else []
    names = [str(card.get("id")) for card in cards]
    if model.model not in names:
        raise RecipeError(f"captioning: {url} has no model {model.model!r}, but {', '.join(names) or 'none'}")
    return cards[names.index(model.model)]


def _version(url: str, headers: dict[str, str], card: dict[str, Any]) -> str:
    owner = str(card.get("owned_by", "unknown"))
    try:
        reply = fetch(f"{url.removesuffix('/v1')}/version", None, headers, _HELLO_SECONDS)
    except BrokenReplyError:
        return owner
    version = reply.content.get("version")
    return f"{owner} {version}" if reply.status == http.HTTPStatus.OK and isinstance(version, str) else owner


def _authorization(model: Model) -> dict[str, str]:
    name = model.servers.api_key_env
    if name is None:
        return {}
    key = os.environ.get(name, "")
    if not key:
        raise RecipeError(f"captioning: api_key_env names {name}, which is not set here; set it on every machine")
    return {"Authorization": f"Bearer {key}"}


def _body(model: Model, request: Request, max_tokens: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model.model,
        "messages": messages_of(request),
        "temperature": model.temperature,
        "top_p": model.top_p,
        "presence_penalty": model.presence_penalty,
        "max_tokens": max_tokens,
        "seed": request.seed(),
    }
    # Both are vLLM's own: other servers may refuse what they do not know.
    if model.top_k:
        body["top_k"] = model.top_k
    if options := template_options(model):
        body["chat_template_kwargs"] = options
    if request.answer_schema:
        schema = {"name": "answer", "strict": True, "schema": json.loads(request.answer_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _answer(content: dict[str, Any]) -> Answer:
    try:
        choice = content["choices"][0]
        text = choice["message"]["content"]
        reason = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise BrokenReplyError(f"the reply is no chat completion ({type(error).__name__}: {error})") from error
    if not isinstance(text, str | None):
        raise BrokenReplyError(f"the reply's text is of type {type(text).__name__}")
    usage = content.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Answer(
        spoken(text or ""), reason != "length", _count(counts, "prompt_tokens"), _count(counts, "completion_tokens")
    )


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def _words(reply: Reply) -> str:
    """What the server says is wrong, at most 300 characters."""
    error = reply.content.get("error", reply.content)
    words = error.get("message", error) if isinstance(error, dict) else error
    return " ".join(str(words).split())[:300]
