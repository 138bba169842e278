"""One door to every language model: requests in, answers out, wherever the model runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from schemas.identity import digest
from schemas.recipe import Engine, Model


@dataclass(frozen=True)
class Request:
    """What a model is asked.

    images : JPEG files in order; all come before the text. video : they are the frames of one video, of one size
    answer_schema : JSON schema that the answer must fit, as text; "" for free text
    attempt : 0 first; another number asks anew, with another seed, where the same request would be remembered
    """

    system: str
    text: str
    images: tuple[bytes, ...] = ()
    video: bool = False
    answer_schema: str = ""
    attempt: int = 0

    def digest(self) -> str:
        """SHA-256 of all of it, 64 hex digits."""
        words = [self.system, self.text, self.video, self.answer_schema, self.attempt]
        return digest("request", words, *self.images)

    def seed(self) -> int:
        """The seed of sampling, 31 bits: the same request is asked with the same seed."""
        return int(self.digest()[:8], 16) & 0x7FFFFFFF


@dataclass(frozen=True)
class Answer:
    """What a model said, without its thoughts. finished : False where it was cut off at the token limit."""

    text: str
    finished: bool
    prompt_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Fault:
    """Why there is no answer. transient : another try later may bring one."""

    why: str
    transient: bool


@dataclass(frozen=True)
class ModelIdentity:
    """Who answers; with the request it names an answer.

    backend : "vllm" or "openai". version : of vLLM, or what the server says it is
    sampling : canonical JSON of all settings that shape an answer
    """

    backend: str
    model: str
    revision: str
    version: str
    sampling: str


class Chat(Protocol):
    """A model that answers. Can be sent to other processes, unless its engine lives in this one."""

    @property
    def identity(self) -> ModelIdentity:
        """Who answers."""

    def budget(self, request: Request) -> int:
        """Tokens of the prompt, images included.

        Raises RecipeError, with the numbers and what to change, where prompt and answer together would not fit
        the context length, or the model takes no images or fewer. Ask for the largest request before anything starts.
        """

    def answer(self, requests: Sequence[Request]) -> list[Answer | Fault]:
        """An answer or a fault for each request, in order.

        Raises only what would meet every request: RecipeError (no such model, wrong key, images refused),
        MissingExtraError.
        """

    def arrivals(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Fault]]]:
        """The same as they come: groups of (index of the request, what became of it), each index once."""

    def close(self) -> None:
        """Give memory, GPUs and connections back."""


def in_order(count: int, arrivals: Iterator[list[tuple[int, Answer | Fault]]]) -> list[Answer | Fault]:
    """What became of `count` requests, from their arrivals."""
    outcomes = dict(outcome for group in arrivals for outcome in group)
    return [outcomes[index] for index in range(count)]


def open_chat(backend: Literal["vllm", "openai"], model: Model, engine: Engine) -> Chat:
    """The model of a recipe, behind the back end of the recipe.

    engine : decides for vLLM whether its engine lives in Ray actors or in this process ("inline")
    Raises RecipeError where no server answers or the model cannot be used, MissingExtraError without vLLM.
    """
    if backend == "openai":
        from captioning.openai_chat import OpenAIChat

        return OpenAIChat(model)
    if engine.executor == "inline":
        from captioning.vllm_chat import VllmChat

        return VllmChat(model)
    from captioning.vllm_actors import VllmActors  # importing Ray costs a second

    return VllmActors(model, engine)
