"""The run loop: open items in, a summary out; faults are retried, then quarantined, and the run goes on.

One loop for both executors. Results never depend on the executor, the number of workers or the order;
`work` must be idempotent, for an attempt that was cut off may have committed its output already.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, overload

from factory.engine import events, quarantine
from factory.engine.attempts import Advanced, Begun, Fault, News, Work
from factory.engine.events import Event, Finished, Opened, Quarantined, Retried, Started
from factory.engine.inline import InlineExecutor
from factory.engine.items import I, Item, R, RunSummary
from factory.storage import Storage
from schemas.recipe import Engine

Taken = TypeVar("Taken", bound=Item, contravariant=True)


class Executor(Protocol[Taken, R]):
    """Where attempts run."""

    def capacity(self) -> int:
        """Items that may be in flight now."""

    def submit(self, item: Taken) -> None:
        """Begin an attempt as soon as there is room."""

    def news(self) -> Iterator[News[R]]:
        """What became of what is in flight; waits a little for something, and may bring nothing."""

    def close(self) -> None:
        """Cut off what is in flight."""


@overload
def run(
    items: Sequence[I],
    work: Callable[[I], Iterator[R]],
    options: Engine,
    storage: Storage,
    on_event: Callable[[Event], None],
    finished: Collection[str] = ...,
    kind: str = ...,
) -> RunSummary[R]: ...
@overload
def run(
    items: Sequence[I],
    work: Callable[[I], R],
    options: Engine,
    storage: Storage,
    on_event: Callable[[Event], None],
    finished: Collection[str] = ...,
    kind: str = ...,
) -> RunSummary[R]: ...
def run(
    items: Sequence[I],
    work: Work[I, R],
    options: Engine,
    storage: Storage,
    on_event: Callable[[Event], None],
    finished: Collection[str] = frozenset(),
    kind: str = "unit",
) -> RunSummary[R]:
    """Do `work` once for each item whose id is not in `finished`.

    work : a picklable function that commits its output in `storage` and returns something small, or yields it
        as it goes, each time for all so far; the last is the result
    finished : ids done before; by whatever proof the caller has, e.g. valid manifests
    kind : what an item is, for people: "unit", "scene"
    Raises StorageError, RecipeError or MissingExtraError for what would hit every item, and
    KeyboardInterrupt on SIGINT and SIGTERM; in each case what is in flight is cut off first.
    """
    if len({item.id for item in items}) != len(items):
        raise ValueError("items: two have the same id")
    waiting = deque((item, 1) for item in items if item.id not in finished)
    earlier = quarantine.quarantined(storage) & {item.id for item, _ in waiting}
    book: _Book[I, R] = _Book(storage, options.retries, on_event, waiting, earlier)
    on_event(Opened(kind, len(items), len(items) - len(waiting), len(waiting), len(earlier)))
    if waiting:
        # Once more inside: Ray puts in a handler of its own when it starts.
        with _terminable(), closing(_executor(work, options)) as executor, _terminable():
            _drive(book, executor)
    skipped = len(items) - len(book.results) - len(book.given_up)
    return RunSummary(book.results, skipped, tuple(sorted(book.given_up)), book.now())


def _executor(work: Work[I, R], options: Engine) -> Executor[I, R]:
    if options.executor == "inline":
        return InlineExecutor(work)
    from factory.engine.ray_executor import RayExecutor  # importing Ray costs a second

    return RayExecutor(work, options)


def _drive(book: _Book[I, R], executor: Executor[I, R]) -> None:
    while book.waiting or book.in_flight:
        while book.waiting and len(book.in_flight) < executor.capacity():
            executor.submit(book.take())
        for news in executor.news():
            book.enter(news)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does, so that what is in flight is cut off and not orphaned."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Attempt(Generic[I]):
    item: I
    number: int
    began: float


@dataclass
class _Book(Generic[I, R]):
    """Where each item stands. An item is in one of waiting, in_flight, results and given_up.

    waiting : with the number of the next attempt; a retried item goes to the end
    earlier : of the open items, those in quarantine when the run began
    """

    storage: Storage
    retries: int
    on_event: Callable[[Event], None]
    waiting: deque[tuple[I, int]]
    earlier: frozenset[str]
    in_flight: dict[str, _Attempt[I]] = field(default_factory=dict)
    results: dict[str, R] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    opened: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.opened

    def take(self) -> I:
        """The next waiting item, from now on in flight."""
        item, number = self.waiting.popleft()
        self.in_flight[item.id] = _Attempt(item, number, self.now())
        return item

    def enter(self, news: News[R]) -> None:
        """Write down what an executor tells, and tell it on."""
        if isinstance(news, Begun):
            running = self.in_flight[news.id]
            running.began = self.now()
            self.on_event(Started(news.id, running.number, running.began, news.place))
        elif isinstance(news, Advanced):
            self.on_event(events.Advanced(news.id, self.now(), news.so_far))
        elif isinstance(news.outcome, Fault):
            self._fail(self.in_flight.pop(news.id), news.outcome)
        else:
            self._finish(self.in_flight.pop(news.id), news.outcome)

    def _finish(self, ended: _Attempt[I], result: R) -> None:
        name, now = ended.item.id, self.now()
        self.results[name] = result
        if name in self.earlier:
            quarantine.release(self.storage, name)
        self.on_event(Finished(name, ended.number, now, now - ended.began, result))

    def _fail(self, ended: _Attempt[I], fault: Fault) -> None:
        name = ended.item.id
        if fault.transient and ended.number <= self.retries:
            self.waiting.append((ended.item, ended.number + 1))
            self.on_event(Retried(name, ended.number, self.now(), fault))
        elif fault.stops is not None:
            raise fault.stops(f"{name}: {fault.message}")
        else:
            quarantine.put(self.storage, name, ended.number, fault)
            self.given_up.add(name)
            self.on_event(Quarantined(name, ended.number, self.now(), fault))
