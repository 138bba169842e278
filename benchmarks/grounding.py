"""What the grounding check lets pass and what it catches, on texts made true and made false; and what it costs.

Walks are planned and ray cast in procedural homes. Their steps are put into words in six manners: our own writer's,
and five that know nothing of it (`tests.captioning.paraphrases`, which says how independent each is). A text of the
true steps must pass; one with a turn swapped, a foreign thing, a wrong order or a wrong side must not. Every number is
a share of the texts of its kind.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.report import Row, report
from captioning.observed import Observed, observe
from captioning.script import write_script
from captioning.verification import check
from factory.clips import split_clips
from factory.navigation import build_map, plan_episodes, storeys_of
from factory.rendering.raycast import render_with_rays
from scene_adapters.registry import adapter
from schemas.cameras import pinhole
from schemas.episodes import Clip, EpisodePlan
from schemas.recipe import Clips, Navigation, Rendering, RobotSpec, Scenes
from tests.captioning.paraphrases import CORRUPTIONS, MANNERS

HOMES, WALKS, WORDINGS = 5, 12, 5
TRUE = "true"
_CAMERA = pinhole("thumb", 160, 120, 79.0)

Walk = tuple[Observed, tuple[Clip, ...]]


def main() -> None:
    homes = int(sys.argv[1]) if len(sys.argv) > 1 else HOMES
    walks = list(planned_walks(homes, WALKS))
    passed, texts, seconds = judged(walks, WORDINGS)
    rows = [row for manner in MANNERS for row in _rows(manner, passed, texts)]
    rows.append(Row("one check, median", 1e3 * float(np.median(seconds)), "ms"))
    rows.append(Row("one check, slowest of a hundred", 1e3 * float(np.percentile(seconds, 99)), "ms"))
    report("grounding", rows)


def _rows(manner: str, passed: Counter[tuple[str, str]], texts: Counter[tuple[str, str]]) -> Iterator[Row]:
    """Precision is that of refusals, were there as many true texts as false ones of the kind."""
    kept = passed[manner, TRUE] / texts[manner, TRUE]
    yield Row(f"{manner}: true texts kept, of {texts[manner, TRUE]}", kept, "share")
    for kind in CORRUPTIONS:
        caught = 1 - passed[manner, kind] / texts[manner, kind]
        yield Row(f"{manner}: {kind} refused (recall), of {texts[manner, kind]}", caught, "share")
        yield Row(f"{manner}: {kind}, precision of refusals", caught / (caught + 1 - kept), "share")


def planned_walks(homes: int, count: int) -> Iterator[Walk]:
    """Walks through procedural homes as a small camera sees them, and their clips."""
    scenes = Scenes(dataset="procedural", options={"first_seed": 1, "count": homes, "kind": "flat"})
    for ref in adapter("procedural").list(scenes):
        scene = adapter("procedural").load(ref, scenes)
        navigation = Navigation(distance=(3.0, 12.0), spacing=0.06)
        storey = storeys_of(scene)[0]
        maps = partial(build_map, scene, storey, resolution=navigation.resolution, max_cells=navigation.max_cells)
        planned = plan_episodes(scene, storey, RobotSpec(), _CAMERA, navigation, 7, range(count), maps)
        plans = [plan for _, plan in planned if isinstance(plan, EpisodePlan)]
        for rendered in render_with_rays(scene, plans, Rendering(renderer="raycast"), 2, None):
            yield observe(scene, rendered), split_clips(rendered.plan, Clips())


def judged(walks: list[Walk], wordings: int) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], list[float]]:
    """How many texts passed, and how many there were, by (manner, kind); and the seconds of each check."""
    passed: Counter[tuple[str, str]] = Counter()
    texts: Counter[tuple[str, str]] = Counter()
    seconds: list[float] = []
    for manner, kind, text, observed, first, last in made_texts(walks, wordings):
        start = time.perf_counter()
        agreement = check(text, observed, first, last)
        seconds.append(time.perf_counter() - start)
        texts[manner, kind] += 1
        passed[manner, kind] += not agreement.problems
    return passed, texts, seconds


def made_texts(walks: list[Walk], wordings: int) -> Iterator[tuple[str, str, str, Observed, int, int]]:
    """(manner, kind, text, walk, first and last frame) of all texts, in a fixed order."""
    draws = np.random.default_rng(0)
    for observed, clips in walks:
        spans = [("clip", clip.first, clip.last) for clip in clips] + [("walk", 0, observed.plan.frames - 1)]
        for scope, first, last in spans:
            script = write_script(observed, scope, first, last)
            kinds = {TRUE: script} | {
                kind: make(script, observed, (first, last), draws) for kind, make in CORRUPTIONS.items()
            }
            for manner, wording in MANNERS.items():
                for kind, steps in kinds.items():
                    for _ in range(wordings if steps else 0):
                        yield manner, kind, wording(steps or (), draws), observed, first, last


def failures(walks: list[Walk], manner: str, kind: str, count: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Texts of a manner and kind that were judged wrongly, with the problems found; for whoever improves the reader."""
    wrong = 0
    for made, is_kind, text, observed, first, last in made_texts(walks, WORDINGS):
        if (made, is_kind) == (manner, kind) and wrong < count:
            problems = check(text, observed, first, last).problems
            if bool(problems) == (kind == TRUE):
                wrong += 1
                yield text, problems


if __name__ == "__main__":
    main()
