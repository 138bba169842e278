"""The executor without Ray: one item at a time, in this process.

For debugging, and to show that Ray changes nothing. A hang cannot be cut off from inside the process
that hangs: here the deadlines of the render children are what bounds a unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic

from factory.engine.attempts import News, Work, attempt
from factory.engine.items import I, R


class InlineExecutor(Generic[I, R]):
    """Works on what was submitted while its news are read."""

    def __init__(self, work: Work[I, R]) -> None:
        self._work = work
        self._submitted: list[I] = []

    def capacity(self) -> int:
        """Items that may be in flight."""
        return 1

    def submit(self, item: I) -> None:
        """Take an item to work on."""
        self._submitted.append(item)

    def news(self) -> Iterator[News[R]]:
        """Do what was submitted, telling of it on the way."""
        while self._submitted:
            yield from attempt(self._work, self._submitted.pop())

    def close(self) -> None:
        """Nothing outlives this process."""
