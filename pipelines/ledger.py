"""How far a unit is, for the progress display: counts and seconds. Never part of the data."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from factory.engine import UnitReport
from factory.shards.table import REJECTED, Row
from schemas.episodes import CaptionedEpisode
from schemas.outcomes import Rejected
from schemas.records import Record

T = TypeVar("T")


class Ledger:
    """Counts what becomes of a unit's episodes and where the time goes."""

    def __init__(self, unit_id: str, planned: int) -> None:
        self._unit = unit_id
        self._planned = planned
        self._written = 0
        self._frames = 0
        self._quarantined = 0
        self._rejected: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()

    def enter(self, outcome: CaptionedEpisode | Record | Rejected) -> None:
        """Count one episode."""
        if isinstance(outcome, Rejected):
            self._rejected[outcome.reason.value] += 1
        else:
            self._written += 1
            self._frames += outcome.frames if isinstance(outcome, Record) else outcome.rendered.plan.frames

    def carry(self, row: Row) -> None:
        """Count an episode that was rejected or quarantined elsewhere, by its row of that table."""
        if row["outcome"] == REJECTED:
            self._rejected[row["reason"]] += 1
        else:
            self._quarantined += 1

    @contextmanager
    def spent(self, stage: str) -> Iterator[None]:
        """Count the time inside the `with` to `stage`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[stage] += time.perf_counter() - start  # type: ignore[assignment]

    def timed(self, stage: str, items: Iterator[T]) -> Iterator[T]:
        """`items`, the time waiting for each counted to `stage`."""
        while True:
            with self.spent(stage):
                item = next(items, None)
            if item is None:
                return
            yield item

    def report(self, size: int = 0) -> UnitReport:
        """How it stands now. size : bytes of the unit's files, once there are any."""
        attempted = self._written + sum(self._rejected.values()) + self._quarantined
        return UnitReport(
            self._unit,
            attempted,
            self._written,
            dict(self._rejected),
            self._quarantined,
            self._frames,
            size,
            dict(self._seconds),
            self._planned,
        )
