"""Instructions written from geometry and masks alone; no model. The default where none is configured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from captioning.motion import moves
from schemas.episodes import Clip, Generator, Instruction, RenderedEpisode
from schemas.outcomes import Rejected
from schemas.scenes import Scene

GENERATOR = Generator(name="grounded", version="1")


def write_instructions(
    scene: Scene, rendered: RenderedEpisode, clips: Sequence[Clip], generator: np.random.Generator
) -> tuple[Instruction, ...] | Rejected:
    """One text a clip, in order, and one for the walk."""
    spans = [("clip", clip.first, clip.last) for clip in clips] + [("walk", 0, rendered.plan.frames - 1)]
    return tuple(
        Instruction(scope, first, last, _text(rendered, first, last), None, (), GENERATOR, None)
        for scope, first, last in spans
    )


def _text(rendered: RenderedEpisode, first: int, last: int) -> str:
    parts = [
        ("turn left" if move.turn > 0 else "turn right") if move.is_turn else "walk ahead"
        for move in moves(rendered.plan, first, last)
    ]
    return ", then ".join(parts).capitalize() + "."
