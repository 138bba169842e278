"""What a text tells in order, held against what happened in order; of all ways to match them, the kindest counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A claim may be true in frames first..last; it then stands for the measured turns of these indices."""

    first: int
    last: int
    turns: tuple[int, ...] = ()


@dataclass(frozen=True)
class Claim:
    """Something told at its place in a text. problem : what to say where no way is left."""

    problem: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class _State:
    """Some claims are matched, up to `frame`, and the turns before `turn` are told or passed over."""

    frame: int
    turn: int
    problems: tuple[str, ...]


def align(claims: Sequence[Claim], omissions: Sequence[str | None]) -> tuple[str, ...]:
    """The fewest problems of matching claims with frames that never go back.

    omissions : for each measured turn, in order, what is to say where no claim stands for it, or None
    """
    states = [_State(-1, 0, ())]
    for claim in claims:
        after = [_State(s.frame, s.turn, (*s.problems, claim.problem)) for s in states]
        after += [moved for s in states for way in claim.ways if (moved := _take(s, way, omissions)) is not None]
        states = _best(after, omissions)
    ends = [(*s.problems, *_skipped(s.turn, len(omissions), omissions)) for s in states]
    return min(ends, key=len)


def _take(state: _State, way: Way, omissions: Sequence[str | None]) -> _State | None:
    if way.last < state.frame or (way.turns and way.turns[0] < state.turn):
        return None
    frame = max(state.frame, way.first)
    if not way.turns:
        return _State(frame, state.turn, state.problems)
    skipped = _skipped(state.turn, way.turns[0], omissions)
    return _State(frame, way.turns[-1] + 1, (*state.problems, *skipped))


def _skipped(begin: int, end: int, omissions: Sequence[str | None]) -> list[str]:
    return [problem for problem in omissions[begin:end] if problem is not None]


def _best(states: Sequence[_State], omissions: Sequence[str | None]) -> list[_State]:
    """Those that no other can stand in for: as early, and as good after passing over the turns up to theirs."""
    kept: list[_State] = []
    for state in sorted(states, key=lambda s: (s.turn, s.frame, len(s.problems))):
        if not any(_stands_in(other, state, omissions) for other in kept):
            kept.append(state)
    return kept


def _stands_in(other: _State, state: _State, omissions: Sequence[str | None]) -> bool:
    skipped = len(_skipped(other.turn, state.turn, omissions))
    return other.frame <= state.frame and len(other.problems) + skipped <= len(state.problems)
