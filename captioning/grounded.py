"""Instructions written from geometry and masks alone; no model. The default where none is configured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from captioning.observed import Observed
from captioning.phrases import realise
from captioning.script import Go, Step, Stop, Turn, write_script
from captioning.verification import check
from captioning.walk import Captioned, Walk
from factory.storage import Storage
from schemas.cameras import Camera
from schemas.episodes import Clip, Generator, Instruction
from schemas.outcomes import Reason, Rejected

GENERATOR = Generator(name="grounded", version="1")


class Grounded:
    """Needs no model and nothing beyond the walk itself."""

    def require_room(self, camera: Camera) -> None:
        """There is always room."""

    def caption(self, walks: Sequence[Walk]) -> list[Captioned]:
        """One text a clip, in order, then one for the walk, for each walk."""
        return [write_instructions(walk.observed, walk.clips, walk.generator) for walk in walks]

    def remembering(self, storage: Storage, scope: str) -> Grounded:
        """Nothing was paid for."""
        return self

    def close(self) -> None:
        """There is nothing to give back."""


def write_instructions(observed: Observed, clips: Sequence[Clip], generator: np.random.Generator) -> Captioned:
    """One text a clip, in order, then one for the walk; wording drawn from `generator`.

    Each is read back and held against masks and motion: `score` is the share of its claims that hold.
    Rejected where the walk's text would name neither a landmark nor a room: nobody could follow it.
    """
    end = observed.plan.frames - 1
    texts = [_write(observed, "clip", clip.first, clip.last, generator) for clip in clips]
    walk = _write(observed, "walk", 0, end, generator)
    if not walk.landmarks and not observed.passages:
        seen = len(observed.landmarks(0, end))
        return Rejected(Reason.NO_INSTRUCTION, f"{seen} landmarks in view, none to go by, and no change of room")
    return (*texts, walk)


def _write(observed: Observed, scope: str, first: int, last: int, generator: np.random.Generator) -> Instruction:
    script = write_script(observed, scope, first, last)
    starts_in = next((stay.name for stay in observed.stays if scope == "walk" and stay.first == 0), None)
    text = realise(script, generator, None if starts_in == "room" else starts_in)
    score = check(text, observed, first, last).score
    return Instruction(scope, first, last, text, None, _named(script), GENERATOR, score)


def _named(script: Sequence[Step]) -> tuple[int, ...]:
    """Ids of the landmarks of a script, in order, each once."""
    mentions = []
    for step in script:
        if isinstance(step, Turn):
            mentions += [step.at, step.towards]
        elif isinstance(step, Go):
            mentions += [mention for mention, _ in step.past] + [step.towards]
        elif isinstance(step, Stop):
            mentions.append(step.at)
    return tuple(dict.fromkeys(mention.instance for mention in mentions if mention is not None))
