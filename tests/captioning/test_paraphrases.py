"""The grounding check over texts made true and false, in several manners; benchmarks/grounding.py does it at large."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.grounding import TRUE, judged
from captioning.observed import Observed, observe
from schemas.episodes import Clip
from tests.captioning.paraphrases import CORRUPTIONS, MANNERS
from tests.captioning.test_grounded import SCENE, rendered

# Of twenty walks through two rooms; what the reader had when it was written, with some room.
KEPT = {"ours": 0.99, "spoken": 0.95, "written": 0.9, "bookish": 0.9, "unseen": 0.85, "fresh": 0.75}
REFUSED = {"swapped turn": 0.85, "foreign thing": 0.8, "wrong order": 0.5, "wrong side": 0.6}


@cache
def walks() -> tuple[tuple[Observed, tuple[Clip, ...]], ...]:
    return tuple((observe(SCENE, rendered(seed)[0]), rendered(seed)[1]) for seed in range(20))


@cache
def shares() -> dict[tuple[str, str], float]:
    passed, texts, _ = judged(list(walks()), 2)
    return {key: passed[key] / texts[key] for key in texts}


@pytest.mark.parametrize("manner", MANNERS)
def test_most_true_texts_are_kept(manner: str) -> None:
    assert shares()[manner, TRUE] >= KEPT[manner]


@pytest.mark.parametrize("kind", CORRUPTIONS)
@pytest.mark.parametrize("manner", MANNERS)
def test_most_false_texts_are_refused(manner: str, kind: str) -> None:
    assert 1 - shares().get((manner, kind), 0.0) >= REFUSED[kind]
