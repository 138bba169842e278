"""The executor on Ray: a task an item, each streaming that it began and how it ended.

Only names, options and small results pass through the driver. Retries are the run loop's, not Ray's, so
that a dead worker, a lost node and a deadline count alike. Tasks are at-least-once: a cut-off attempt may
still be dying while the next one runs, so work must be idempotent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic

import ray
from ray.exceptions import RayError

from factory.engine import cluster
from factory.engine.attempts import Begun, Ended, Fault, attempt
from factory.engine.items import I, R
from schemas.errors import RecipeError
from schemas.recipe import Engine

TICK = 0.5  # seconds between looks at the deadlines


@dataclass
class _Task:
    stream: Any
    submitted: float
    begun: float | None = None


class RayExecutor(Generic[I, R]):
    """Items as Ray tasks, each with the resources of the options."""

    def __init__(self, work: Callable[[I], R], options: Engine) -> None:
        self._work = work
        self._options = options
        self._cluster = cluster.connect(options)
        self._tasks: dict[str, _Task] = {}
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
        self._tasks[item.id] = _Task(self._task.remote(self._work, item), time.monotonic())

    def signals(self) -> Iterator[Begun | Ended[R]]:
        """What has begun or ended, waiting up to `TICK` for it. Past its deadline an item is cut off.

        Raises RecipeError where the cluster has had no room for any unit for a whole deadline.
        """
        owners = {task.stream: name for name, task in self._tasks.items()}
        ready, _ = ray.wait(list(owners), num_returns=len(owners), timeout=0)
        if not ready:
            ready, _ = ray.wait(list(owners), num_returns=1, timeout=TICK)
        for stream in ready:
            yield self._next(owners[stream])
        for name in self._overdue():
            self._cancel(name)
            message = f"no end after the deadline of {self._options.deadline:g} s; it was cut off"
            yield Ended(name, Fault("DeadlineExceeded", message, "", transient=True))

    def close(self) -> None:
        """Cut off what is in flight. The cluster stays for the next run of this process."""
        for name in list(self._tasks):
            self._cancel(name)

    def _next(self, name: str) -> Begun | Ended[R]:
        task = self._tasks[name]
        try:
            signal: Begun | Ended[R] = ray.get(next(task.stream))
        except RayError as error:
            signal = Ended(name, Fault(type(error).__name__, str(error), "", transient=True))
        if isinstance(signal, Begun):
            task.begun = time.monotonic()
        else:
            del self._tasks[name]
        return signal

    def _overdue(self) -> list[str]:
        now = time.monotonic()
        begun = {name: task.begun for name, task in self._tasks.items() if task.begun is not None}
        if self._tasks and not begun and now - max(t.submitted for t in self._tasks.values()) > self._options.deadline:
            raise RecipeError(
                f"engine: no worker of the cluster took a unit in {self._options.deadline:g} s; each needs "
                f"{self._options.cpus_per_unit:g} CPUs and {self._options.gpus_per_unit:g} GPUs; see `ray status`"
            )
        return [name for name, since in begun.items() if now - since > self._options.deadline]

    def _cancel(self, name: str) -> None:
        ray.cancel(self._tasks.pop(name).stream, force=True)
