"""What a stage answers: the next type, or `Rejected`. An exception is a fault, not an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an episode was not made. Counted in progress, tables and manifests."""

    NO_FREE_SPACE = "no_free_space"
    NO_START = "no_start"
    NO_GOAL = "no_goal"
    START_IN_COLLISION = "start_in_collision"
    UNREACHABLE = "unreachable"
    NOT_CERTIFIED = "not_certified"
    CURVATURE = "curvature"
    TOO_SHORT = "too_short"
    BODY_DOES_NOT_FIT = "body_does_not_fit"
    FEW_INSTANCES = "few_instances"
    FEW_CATEGORIES = "few_categories"
    LOW_ENTROPY = "low_entropy"
    UNLABELED = "unlabeled"
    FACING_SURFACE = "facing_surface"
    FEW_REFERENCES = "few_references"
    MISSING_DEPTH = "missing_depth"
    NO_INSTRUCTION = "no_instruction"
    UNGROUNDED = "ungrounded"


@dataclass(frozen=True)
class Rejected:
    """An episode that was tried and not kept; `detail` has the numbers."""

    reason: Reason
    detail: str
