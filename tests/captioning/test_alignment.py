"""Claims in order against frames in order: the kindest matching, and what it leaves over."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from captioning.alignment import Claim, Way, align


def claim(name: str, *spans: tuple[int, ...]) -> Claim:
    """Ways as (first, last, index of a turn …)."""
    return Claim(name, tuple(Way(first, last, tuple(turns)) for first, last, *turns in spans))


def test_claims_in_the_order_of_their_frames_have_no_problem() -> None:
    assert align([claim("a", (0, 5)), claim("b", (3, 9)), claim("c", (9, 12))], []) == ()


def test_claims_the_other_way_round_leave_one_over() -> None:
    assert align([claim("b", (6, 9)), claim("a", (0, 5))], []) in (("a",), ("b",))


def test_a_claim_without_a_way_is_a_problem_by_itself() -> None:
    assert align([claim("a", (0, 5)), claim("ghost"), claim("b", (3, 9))], []) == ("ghost",)


def test_a_turn_is_told_once() -> None:
    one = claim("left", (0, 5, 0))
    assert align([one], ["untold"]) == ()
    assert align([one, one], ["untold"]) == ("left",)
    assert align([], ["untold"]) == ("untold",)
    assert align([], [None]) == ()


def test_a_small_turn_does_not_take_the_place_of_a_large_one_that_comes_later() -> None:
    """The one claim could stand for either; only one of them must be told."""
    assert align([claim("left", (0, 5, 0), (10, 15, 1))], [None, "large"]) == ()


def test_two_turns_may_be_told_as_one() -> None:
    assert align([claim("around", (0, 9, 0, 1))], ["first", "second"]) == ()


@pytest.mark.parametrize("seed", range(20))
def test_no_way_of_matching_is_kinder(seed: int) -> None:
    """Against all choices of ways, tried one by one."""
    draws = np.random.default_rng(seed)
    claims, omissions = [], [("x" if draws.random() < 0.5 else None) for _ in range(3)]
    for i in range(4):
        spans = []
        for _ in range(int(draws.integers(0, 3))):
            first = int(draws.integers(0, 10))
            turn = [int(draws.integers(0, 3))] if draws.random() < 0.5 else []
            spans.append((first, first + int(draws.integers(0, 5)), *turn))
        claims.append(claim(f"c{i}", *spans))
    assert len(align(claims, omissions)) == _exhaustively(claims, omissions)


def _exhaustively(claims: list[Claim], omissions: list[str | None]) -> int:
    best = 99
    for choice in itertools.product(*[(None, *claim.ways) for claim in claims]):
        frame, turn, fits = -1, 0, True
        told = set()
        for way in choice:
            if way is None:
                continue
            fits &= way.last >= frame and (not way.turns or way.turns[0] >= turn)
            frame = max(frame, way.first)
            turn = way.turns[-1] + 1 if way.turns else turn
            told |= set(way.turns)
        missed = sum(problem is not None and i not in told for i, problem in enumerate(omissions))
        if fits:
            best = min(best, choice.count(None) + missed)
    return best
