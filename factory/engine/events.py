"""What happens in a run, told as it happens. Times are seconds since the run began."""

from __future__ import annotations

from dataclasses import dataclass

from factory.engine.attempts import Fault


@dataclass(frozen=True)
class Opened:
    """The first event.

    kind : what an item is, for people. skipped : done before
    quarantined : of the open items, those given up by an earlier run and tried again now
    """

    kind: str
    total: int
    skipped: int
    open: int
    quarantined: int


@dataclass(frozen=True)
class Started:
    """An attempt began. attempt : from 1. place : host and process id it runs in."""

    id: str
    attempt: int
    at: float
    place: str


@dataclass(frozen=True)
class Advanced:
    """An attempt has got so far: the kind of thing that it will answer, as it stands now."""

    id: str
    at: float
    so_far: object


@dataclass(frozen=True)
class Finished:
    """An item is done. result : what the work answered. seconds : of its last attempt."""

    id: str
    attempt: int
    at: float
    seconds: float
    result: object


@dataclass(frozen=True)
class Retried:
    """An attempt failed, and another one follows."""

    id: str
    attempt: int
    at: float
    fault: Fault


@dataclass(frozen=True)
class Quarantined:
    """An item was given up after so many attempts."""

    id: str
    attempts: int
    at: float
    fault: Fault


Event = Opened | Started | Advanced | Finished | Retried | Quarantined
