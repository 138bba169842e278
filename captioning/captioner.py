"""One door to whatever writes instructions: walks in, instructions or a rejection out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from captioning.chat import open_chat
from captioning.grounded import Grounded
from captioning.two_stages import TwoStages
from captioning.walk import Captioned, Walk
from factory.storage import Storage
from schemas.cameras import Camera
from schemas.recipe import Captioning, Engine


class Captioner(Protocol):
    """A writer of instructions. Walks come many at a time, so that a model may be asked for all at once."""

    def require_room(self, camera: Camera) -> None:
        """Make sure, before anything starts, that the largest request about such frames fits the models.

        Raises RecipeError with the numbers.
        """

    def caption(self, walks: Sequence[Walk]) -> list[Captioned]:
        """What becomes of each walk, in order.

        Raises TransientError where a model gave no answer and may give one later, CaptionError where it refuses most,
        and what `captioning.chat.Chat` raises. What was answered until then is not asked, nor paid for, again.
        """

    def remembering(self, storage: Storage, scope: str) -> Captioner:
        """The same one, whose answers about a unit, the `scope`, are kept in the storage and never paid for twice."""

    def close(self) -> None:
        """Give memory, GPUs and connections back."""


def open_captioner(settings: Captioning, engine: Engine) -> Captioner:
    """The captioner of a recipe. It can be sent to other processes, unless an engine lives in this one.

    Raises RecipeError or MissingExtraError where a model cannot be had.
    """
    if settings.backend == "grounded":
        return Grounded()
    describer = open_chat(settings.backend, settings.describer, engine)
    return TwoStages(settings, describer, open_chat(settings.backend, settings.refiner, engine))
