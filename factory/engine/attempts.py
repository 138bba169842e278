"""One attempt at one item, the same in this process and in a Ray worker. Whatever is raised becomes a value.

Which faults are tried again is decided here, by what they say about a second attempt:

* `TransientError` and anything that is not ours (a bug, `MemoryError`, a flaky disk): chance, tried again;
* any other `NavfoundryError`: the item itself is at fault, the same would happen again, given up at once;
* `StorageError`: tried again, and then the run stops, for it would hit every item and a unit is not to blame;
* `RecipeError`, `MissingExtraError`: would hit every item, the run stops at once.
"""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic

from factory.engine.items import I, R
from schemas.errors import MissingExtraError, NavfoundryError, RecipeError, StorageError, TransientError


@dataclass(frozen=True)
class Fault:
    """Why an attempt failed.

    kind : name of the exception. traceback : text, empty where the process died
    transient : worth another attempt. stops : the error that ends the whole run when there is no other attempt
    """

    kind: str
    message: str
    traceback: str
    transient: bool
    stops: type[NavfoundryError] | None = None


@dataclass(frozen=True)
class Begun:
    """The attempt runs now. place : host and process id."""

    id: str
    place: str


@dataclass(frozen=True)
class Advanced(Generic[R]):
    """What the attempt has so far; the last of these is what it will have answered."""

    id: str
    so_far: R


@dataclass(frozen=True)
class Ended(Generic[R]):
    """The attempt is over."""

    id: str
    outcome: R | Fault


News = Begun | Advanced[R] | Ended[R]
# Answers at the end; or as it goes, each answer standing for all so far and the last for the whole.
Work = Callable[[I], R] | Callable[[I], Iterator[R]]


def attempt(work: Work[I, R], item: I) -> Iterator[News[R]]:
    """Tell that it begins, work, tell how it ended. An interrupt (any non-`Exception`) passes through."""
    yield Begun(item.id, f"{socket.gethostname()}:{os.getpid()}")
    outcome: R | Fault
    try:
        answer = work(item)
        if isinstance(answer, Iterator):
            outcome = Fault("NoAnswer", "the work yielded nothing", "", transient=False)
            for outcome in answer:
                yield Advanced(item.id, outcome)
        else:
            outcome = answer
    except Exception as error:
        outcome = fault_of(error)
    yield Ended(item.id, outcome)


def fault_of(error: Exception) -> Fault:
    """The fault that an exception is, by the rules above."""
    stops = next((kind for kind in (StorageError, RecipeError, MissingExtraError) if isinstance(error, kind)), None)
    transient = isinstance(error, (TransientError, StorageError)) or not isinstance(error, NavfoundryError)
    trace = "".join(traceback.format_exception(error))
    return Fault(type(error).__name__, str(error), trace, transient, stops)
