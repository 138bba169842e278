"""A run in numbers, kept up from its events: what the progress display shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from factory.engine import Advanced, Event, Finished, Opened, Quarantined, Retried, Started, UnitReport, add_up


@dataclass
class Running:
    """An attempt in flight. began : on the tally's clock. so_far : what it told last."""

    attempt: int
    began: float
    so_far: UnitReport | None = None


@dataclass(frozen=True)
class Stage:
    """share : of the time of all stages, 0..1. rate : episodes tried in each second of it, by one worker."""

    name: str
    share: float
    rate: float


class Tally:
    """Counts of one run since its `opening`."""

    def __init__(self, opening: Opened, clock: Callable[[], float] = time.monotonic) -> None:
        self.opening = opening
        self.done = 0
        self.retries = 0
        self.quarantined = 0
        self.running: dict[str, Running] = {}
        self._finished = add_up([])
        self._clock = clock
        self._opened = clock()

    def enter(self, event: Event) -> None:
        """Count an event."""
        match event:
            case Started():
                self.running[event.id] = Running(event.attempt, self._clock())
            case Advanced(so_far=UnitReport() as so_far):
                self.running[event.id].so_far = so_far
            case Finished():
                self.running.pop(event.id, None)
                self.done += 1
                if isinstance(event.result, UnitReport):
                    self._finished = add_up([self._finished, event.result])
            case Retried():
                self.running.pop(event.id, None)
                self.retries += 1
            case Quarantined():
                self.running.pop(event.id, None)
                self.quarantined += 1

    @property
    def report(self) -> UnitReport:
        """What is finished and what is in flight, added up."""
        return add_up([self._finished, *(task.so_far for task in self.running.values() if task.so_far is not None)])

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of the work, in the order in which they were first told."""
        report = self.report
        total = sum(report.stage_seconds.values())
        return tuple(
            Stage(name, seconds / total, report.attempted / seconds)
            for name, seconds in report.stage_seconds.items()
            if seconds > 0
        )

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._opened

    @property
    def remaining(self) -> float | None:
        """Seconds that the open items take at the pace so far; None before the first episode.

        An item in flight counts by the share of its episodes that are settled.
        """
        running = [task.so_far for task in self.running.values() if task.so_far is not None]
        shares = (report.attempted / report.planned for report in running if report.planned)
        passed = self.done + self.quarantined + sum(shares)
        left = self.opening.open - passed
        if passed == self.quarantined:
            return None if left else 0.0
        return self.elapsed / passed * left

    def seconds_in_flight(self, item_id: str) -> float:
        """How long the current attempt at that item has run."""
        return self._clock() - self.running[item_id].began
