"""The grounding check over instructions that people wrote: those of R2R-CE, held against the motion of its own actions.

Nobody here chose their words. A person's text goes with the reference actions of its episode, so what it says of turns
should hold there, and should not along the same way mirrored, where every left is a right. Scenes are not needed: with
no masks and no rooms, only turns, straights and the end are checked. A text need not tell every turn ("walk into the
bedroom"), so texts are counted by what they claim wrongly, and apart from that by what they leave out.

    make bench NAME="human_texts EPISODES.json.gz GROUND_TRUTH.json.gz"      # R2R_VLNCE_v1-3's val_seen and val_seen_gt
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Row, report
from captioning.observed import Observed
from captioning.reading import read
from captioning.verification import check
from factory.clips import path_length
from factory.quality import Sightings
from tests.rooms import two_rooms
from tests.views import plan_of

FORWARD, LEFT, RIGHT = 1, 2, 3
STEP, TURN = 0.25, math.radians(15)


def main() -> None:
    episodes, truth = (json.loads(gzip.decompress(Path(name).read_bytes())) for name in sys.argv[1:3])
    walks = list(told_walks(episodes["episodes"], truth))
    report("human_texts", list(_rows(walks)))


def told_walks(episodes: Sequence[dict[str, Any]], truth: dict[str, Any]) -> Iterator[tuple[str, list[int]]]:
    """(text, actions) of the episodes that have actions."""
    for episode in episodes:
        if (known := truth.get(str(episode["episode_id"]))) is not None:
            yield episode["instruction"]["instruction_text"], known["actions"]


def walked(actions: Sequence[int], mirrored: float) -> Observed:
    """What can be known of such a walk; mirrored : 1, or -1 for the way with left and right exchanged."""
    turns = np.array([{LEFT: TURN, RIGHT: -TURN}.get(action, 0.0) for action in actions])
    yaw = mirrored * np.concatenate([[0.0], np.cumsum(turns)])
    ahead = np.array([0.0, *(STEP if action == FORWARD else 0.0 for action in actions)])
    points = np.cumsum(ahead[:, None] * np.column_stack([np.cos(yaw), np.sin(yaw)]), axis=0)
    plan = plan_of(two_rooms(), points, yaw)
    nothing = np.zeros((len(yaw), 1), np.float32)
    return Observed(
        plan=plan, seen=Sightings(nothing, nothing, nothing, nothing), nouns=(None,), kinds=(frozenset(),),
        distance=nothing,
        bearing=nothing, travelled=path_length(plan.positions), room=np.zeros(1, np.int32), room_names=(), stays=(),
        passages=(),
    )  # fmt: skip


def _rows(walks: Sequence[tuple[str, list[int]]]) -> Iterator[Row]:
    counts: Counter[str] = Counter()
    for text, actions in walks:
        reading = read(text, {})
        told = [turn for turn in reading.turns if turn.side is not None]
        words = text.lower().split()
        counts["sides"] += sum(word.strip(".,;") in ("left", "right") for word in words)
        counts["turns"] += len(told)
        if not told:
            continue
        counts["with turns"] += 1
        for name, mirrored in (("own", 1.0), ("mirrored", -1.0)):
            observed = walked(actions, mirrored)
            problems = check(text, observed, 0, observed.plan.frames - 1).problems
            wrong = [problem for problem in problems if problem.startswith("no such turn")]
            counts[f"{name}: no false turn"] += not wrong
            counts[f"{name}: false turns"] += len(wrong)
            counts[f"{name}: no problem"] += not problems
            counts[f"{name}: turns left out"] += any("is not told" in p and "turn of" in p for p in problems)
    of = counts["with turns"]
    yield Row(f"left and right in {len(walks)} texts", counts["sides"], "words")
    yield Row("of these read as turns", counts["turns"] / counts["sides"], "share")
    for name in ("own", "mirrored"):
        where = {"own": "along its own way", "mirrored": "along the way mirrored"}[name]
        yield Row(f"texts without a false turn {where}, of {of}", counts[f"{name}: no false turn"] / of, "share")
        yield Row(f"texts without any problem {where}", counts[f"{name}: no problem"] / of, "share")
    yield Row("texts that leave out a turn of 60° or more", counts["own: turns left out"] / of, "share")


if __name__ == "__main__":
    main()
