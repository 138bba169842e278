"""What a captioner is given, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from captioning.observed import Observed
from schemas.episodes import Clip, Instruction
from schemas.outcomes import Rejected


@dataclass(frozen=True)
class Walk:
    """What there is to put into words.

    rgb : T JPEG files; clips : in order, all of the walk
    generator : decides wordings; nothing else may draw from it
    """

    observed: Observed
    rgb: Sequence[bytes]
    clips: tuple[Clip, ...]
    generator: np.random.Generator


@dataclass(frozen=True)
class Stretch:
    """Frames first..last of a walk. scope : "clip" or "walk"; ours : what `captioning.grounded` says of it, or None."""

    walk: Walk
    scope: str
    first: int
    last: int
    ours: Instruction | None


# Instructions of a walk's clips in order, those of the whole walk last; or why there are none.
Captioned = tuple[Instruction, ...] | Rejected
