"""What a run works on, what a unit answers, and what a run adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Item(Protocol):
    """Anything with a name that is safe as a file name and unique in the run: a unit, a scene to survey."""

    @property
    def id(self) -> str: ...  # noqa: D102


I = TypeVar("I", bound=Item)  # noqa: E741
R = TypeVar("R")


@dataclass(frozen=True)
class UnitReport:
    """What became of one unit: attempted = written + rejected + quarantined episodes.

    rejected : episodes by reason. bytes : of all the unit's files. stage_seconds : time by stage of this attempt
    planned : episodes that it attempts in all, 0 where that is not known before
    """

    unit: str
    attempted: int
    written: int
    rejected: dict[str, int]
    quarantined: int
    frames: int
    bytes: int
    stage_seconds: dict[str, float]
    planned: int = 0


def add_up(reports: Iterable[UnitReport]) -> UnitReport:
    """The sum of all reports, under the unit name "all"."""
    attempted = written = quarantined = frames = size = planned = 0
    rejected: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for report in reports:
        attempted += report.attempted
        written += report.written
        quarantined += report.quarantined
        frames += report.frames
        size += report.bytes
        planned += report.planned
        rejected.update(report.rejected)
        for stage, spent in report.stage_seconds.items():
            seconds[stage] += spent  # type: ignore[assignment]
    return UnitReport("all", attempted, written, dict(rejected), quarantined, frames, size, dict(seconds), planned)


@dataclass(frozen=True)
class RunSummary(Generic[R]):
    """How a run ended: every item is in exactly one of the three.

    results : what each item done in this run answered, by id
    skipped : items that were done before it
    quarantined : ids that were given up, sorted; `quarantine/<id>.json` says why
    seconds : wall clock of this run
    """

    results: dict[str, R]
    skipped: int
    quarantined: tuple[str, ...]
    seconds: float

    @property
    def done(self) -> int:
        """Items done in this run."""
        return len(self.results)

    @property
    def quarantined_share(self) -> float:
        """Share of all items, 0..1, that were given up; compare it with the recipe's `max_quarantined`."""
        total = self.skipped + self.done + len(self.quarantined)
        return len(self.quarantined) / total if total else 0.0
