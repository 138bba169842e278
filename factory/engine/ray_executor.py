"""The executor on Ray: a task an item, each streaming that it began, how far it is and how it ended.

Only names, options and small results pass through the driver. Retries are the run loop's, not Ray's, so
that a dead worker, a lost node and a deadline count alike. Tasks are at-least-once: a cut-off attempt may
still be dying while the next one runs, so work must be idempotent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic

import ray
from ray.exceptions import RayError

from factory.engine import cluster
from factory.engine.attempts import Begun, Ended, Fault, News, Work, attempt
from factory.engine.items import I, R
from schemas.errors import TransientError
from schemas.recipe import Engine

TICK = 0.5  # seconds between looks at the deadlines
PATIENCE = 1800.0  # seconds that a cluster may take to make room for the first unit; nodes take minutes to start


@dataclass
class _Task:
    stream: Any
    begun: float | None = None


class RayExecutor(Generic[I, R]):
    """Items as Ray tasks, each with the resources of the options."""

    def __init__(self, work: Work[I, R], options: Engine) -> None:
        self._work = work
        self._options = options
        self._cluster = cluster.connect(options)
        self._tasks: dict[str, _Task] = {}
        self._last_news = time.monotonic()
        self._task = ray.remote(attempt).options(
            max_retries=0,
            num_cpus=options.cpus_per_unit,
            num_gpus=options.gpus_per_unit,
            num_returns="streaming",
            scheduling_strategy="SPREAD",
        )

    def capacity(self) -> int:
        """Items that may be in flight.

        On a cluster that was joined, twice what it holds now, so that an autoscaler sees there is demand.
        """
        if self._options.workers is not None:
            return self._options.workers
        slots = self._cluster.slots(self._options)
        return max(1, 2 * slots if self._cluster.joined else slots)

    def submit(self, item: I) -> None:
        """Hand an item to the cluster."""
        self._tasks[item.id] = _Task(self._task.remote(self._work, item))

    def news(self) -> Iterator[News[R]]:
        """What has become of what is in flight, waiting up to `TICK` for it. Past its deadline an item is cut off.

        Raises TransientError where the cluster has had no room for any unit for `PATIENCE`.
        """
        owners = {task.stream: name for name, task in self._tasks.items()}
        ready, _ = ray.wait(list(owners), num_returns=len(owners), timeout=0)
        if not ready:
            ready, _ = ray.wait(list(owners), num_returns=1, timeout=TICK)
        for stream in ready:
            yield self._next(owners[stream])
        self._check_room()
        for name in self._overdue():
            self._cancel(name)
            message = f"no end after the deadline of {self._options.deadline:g} s; it was cut off"
            yield Ended(name, Fault("DeadlineExceeded", message, "", transient=True))

    def close(self) -> None:
        """Cut off what is in flight. The cluster stays for the next run of this process."""
        for name in list(self._tasks):
            self._cancel(name)

    def _next(self, name: str) -> News[R]:
        task = self._tasks[name]
        try:
            news: News[R] = ray.get(next(task.stream))
        except RayError as error:
            news = Ended(name, Fault(type(error).__name__, str(error), "", transient=True))
        if isinstance(news, Begun):
            task.begun = time.monotonic()
        elif isinstance(news, Ended):
            del self._tasks[name]
        self._last_news = time.monotonic()
        return news

    def _overdue(self) -> list[str]:
        oldest = time.monotonic() - self._options.deadline
        return [name for name, task in self._tasks.items() if task.begun is not None and task.begun < oldest]

    def _check_room(self) -> None:
        starved = bool(self._tasks) and all(task.begun is None for task in self._tasks.values())
        if starved and time.monotonic() - self._last_news > PATIENCE:
            raise TransientError(
                f"engine: the cluster took no unit in {PATIENCE:g} s; each needs {self._options.cpus_per_unit:g} CPUs "
                f"and {self._options.gpus_per_unit:g} GPUs; see `ray status`, and relaunch when there is room"
            )

    def _cancel(self, name: str) -> None:
        ray.cancel(self._tasks.pop(name).stream, force=True)
