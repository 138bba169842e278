"""Scores of an episode's information, and the verdict on them."""

from __future__ import annotations

import numpy as np

from factory.quality.sightings import STRIDE, Sightings, find_sightings
from schemas.arrays import Bool, Float32, Float64
from schemas.categories import MPCAT40, STRUCTURE
from schemas.episodes import RenderedEpisode, Scores
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Quality
from schemas.scenes import Scene

# In view: at least this share of the frame, 260 of the pixels of 480×270.
IN_VIEW = 0.002
# A frame is filled when one surface nearer than `sightings.NEAR` has more than this share of it.
FILLED = 0.6
# A reference object is this much of the frame for this many frames.
REFERENCE_SHARE = 0.01
REFERENCE_FRAMES = 5
_UNLABELED = ("void", "unlabeled")
_NOT_NAMEABLE = STRUCTURE | {"objects", "furniture", "column"}


def score(rendered: RenderedEpisode, scene: Scene) -> Scores:
    """Scores of what the frames show; `schemas.episodes.Scores` says what each means."""
    seen = find_sightings(rendered, len(scene.instances))
    category = np.array([MPCAT40.index("void")] + [MPCAT40.index(i.category) for i in scene.instances])
    solid = _in(category, STRUCTURE)
    things = (seen.share >= IN_VIEW) & ~solid
    of_category = seen.share @ np.eye(len(MPCAT40), dtype=np.float32)[category]
    category_in_view = (things.astype(np.float32) @ np.eye(len(MPCAT40), dtype=np.float32)[category]) > 0
    return Scores(
        instances=float(np.median(things.sum(axis=1))),
        categories=float(np.median(category_in_view.sum(axis=1))),
        entropy=float(_entropy(of_category).mean()),
        unlabeled=float(seen.share[:, _in(category, frozenset(_UNLABELED))].sum(axis=1).mean()),
        near_surface=float((_nearest_surface(seen, category) > FILLED).mean()),
        references=int((references(seen) & ~_in(category, _NOT_NAMEABLE)).sum()),
        depth=float(np.mean(rendered.depth[:, ::STRIDE, ::STRIDE] > 0, axis=(1, 2)).min()),
    )


def references(seen: Sightings) -> Bool:
    """(N + 1,) bool: instances large enough, for long enough, to be referred to; of whatever category."""
    return np.asarray((seen.share >= REFERENCE_SHARE).sum(axis=0) >= REFERENCE_FRAMES)


def judge(scores: Scores, thresholds: Quality) -> Rejected | None:
    """The first threshold passed, causes before symptoms; None for an episode worth keeping."""
    verdicts = (
        (Reason.MISSING_DEPTH, "depth", scores.depth, "<", thresholds.min_depth),
        (Reason.UNLABELED, "unlabeled", scores.unlabeled, ">", thresholds.max_unlabeled),
        (Reason.FACING_SURFACE, "near_surface", scores.near_surface, ">", thresholds.max_near_surface),
        (Reason.FEW_INSTANCES, "instances", scores.instances, "<", thresholds.min_instances),
        (Reason.FEW_CATEGORIES, "categories", scores.categories, "<", thresholds.min_categories),
        (Reason.LOW_ENTROPY, "entropy", scores.entropy, "<", thresholds.min_entropy),
        (Reason.FEW_REFERENCES, "references", scores.references, "<", thresholds.min_references),
    )
    for reason, name, value, side, threshold in verdicts:
        if (value < threshold) if side == "<" else (value > threshold):
            return Rejected(reason, f"{name} {value:.3g} {side} {threshold:.3g}")
    return None


def _in(category: Float64, names: frozenset[str]) -> Bool:
    return np.isin(category, [MPCAT40.index(name) for name in names])


def _entropy(weights: Float32) -> Float64:
    """Bits, (T,), of rows (T, n) of weights ≥ 0 that need not sum to 1."""
    p = weights.astype(np.float64)
    p /= np.maximum(p.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(-(p * np.log2(np.maximum(p, 1e-12))).sum(axis=1))


def _nearest_surface(seen: Sightings, category: Float64) -> Float64:
    """Largest share, (T,), of one near surface: an instance, or the building without its floor.

    The floor is what a low, tilted camera is meant to see; the thresholds on things judge such a view.
    """
    floor = _in(category, frozenset({"floor"}))
    building = _in(category, STRUCTURE) & ~floor
    walls = seen.near[:, building].sum(axis=1)
    thing = np.where(building | floor, 0, seen.near).max(axis=1)
    return np.asarray(np.maximum(walls, thing), dtype=np.float64)
