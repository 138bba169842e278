"""Prompts: files with a version, filled with what was measured of a walk.

A file has a line `version: N` and parts that begin with `--- name`. Slots are those of `string.Template`: a prompt
can neither compute nor call. What is put into slots comes from our own measurements and word lists, or from a model's
earlier answer, and is never taken for a slot again.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from captioning.motion import Move, moves
from captioning.observed import Observed
from schemas.identity import digest

_FOLDER = Path(__file__).parent / "prompts"


@dataclass(frozen=True)
class Prompt:
    """One file. parts : its texts by name; sha256 : of the whole file."""

    name: str
    version: str
    parts: dict[str, str]
    sha256: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Its parts as they are written."""
        return tuple(self.parts.values())

    def fill(self, part: str, slots: dict[str, str]) -> str:
        """A part with its slots filled. Raises KeyError for a slot that is not given."""
        filled = Template(self.parts[part]).substitute(slots)
        return re.sub(r"\n{3,}", "\n\n", filled).strip()


@functools.cache
def load_prompt(name: str) -> Prompt:
    """A prompt of ours by its file's name. Raises ValueError for a file that is not written as the module says."""
    content = (_FOLDER / f"{name}.txt").read_bytes()
    return parse_prompt(name, content)


def parse_prompt(name: str, content: bytes) -> Prompt:
    """The prompt of a file's bytes. Raises ValueError."""
    head, *bodies = re.split(r"^--- (.+)$", content.decode(), flags=re.MULTILINE)
    version = re.fullmatch(r"version: (\S+)\s*", head)
    if version is None or len(bodies) < 2:
        raise ValueError(f"prompt {name}: wants a first line 'version: N' and parts that begin with '--- name'")
    parts = {part.strip(): text.strip() for part, text in zip(bodies[::2], bodies[1::2], strict=True)}
    return Prompt(name, version[1], parts, digest("prompt", content))


def combined(prompts: Sequence[Prompt]) -> tuple[str, str]:
    """Version and hash of prompts that make one text together."""
    return "+".join(f"{p.name}-{p.version}" for p in prompts), digest(*[p.sha256 for p in prompts])


def motion_facts(observed: Observed, first: int, last: int, shown: Sequence[int] = ()) -> str:
    """The moves of frames first..last, a line each; `shown` are the frames that a model sees, numbered from 1."""
    lines = []
    for number, move in enumerate(moves(observed.plan, first, last), 1):
        numbers = [i for i, frame in enumerate(shown, 1) if move.first <= frame <= move.last]
        where = f" (frames {numbers[0]} to {numbers[-1]})" if len(numbers) > 1 else ""
        where = f" (frame {numbers[0]})" if len(numbers) == 1 else where
        lines.append(f"{number}. {_said(move)}{where}.")
    return "\n".join(lines)


def things_in_view(observed: Observed, first: int, last: int) -> str:
    """Names of the landmarks of frames first..last: those passed, in order and with their sides, then the others."""
    passed = {i: side for _, i, side in observed.passed(first, last)}
    others = [i for i in observed.landmarks(first, last).tolist() if i not in passed]
    told = [
        f"{noun.singular} (passed on the {passed[i]})" if i in passed else noun.singular
        for i in (*passed, *others)
        if (noun := observed.nouns[i]) is not None
    ]
    return ", ".join(dict.fromkeys(told)) or "none"


def rooms_gone_through(observed: Observed, first: int, last: int) -> str:
    """Names of the rooms of frames first..last in order."""
    names = [stay.name for stay in observed.stays if stay.first <= last and stay.last >= first]
    return ", then ".join(names) or "not known"


def ending(observed: Observed, last: int) -> str:
    """Whether the way ends with frame `last`, and what to say then."""
    if last == observed.plan.frames - 1:
        return "The way ends here: say where to stop."
    return "The way goes on after this: do not say to stop or wait."


def _said(move: Move) -> str:
    degrees = round(math.degrees(abs(move.turn)))
    if move.is_turn:
        return f"turns {'left' if move.turn > 0 else 'right'} by {degrees} degrees, over {move.length:.1f} m"
    return f"goes straight for {move.length:.1f} m"
