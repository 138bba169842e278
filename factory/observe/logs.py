"""The log of a unit: a plain text file while it is worked on, `logs/<unit id>.log` in the storage afterwards."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from factory.observe.machine import versions
from factory.storage import Storage
from schemas.errors import StorageError

KEPT_BYTES = 2_000_000  # of each log, half of them its beginning and half its end


@dataclass(frozen=True)
class UnitLog:
    """A file that this process and its children append to; `path` is for the children."""

    path: Path

    def say(self, event: str, **fields: object) -> None:
        """Append a line: UTC time, the event in a word or two, then key=value pairs."""
        pairs = "".join(f" {key}={_one_line(value)}" for key, value in fields.items())
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self.path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{stamp} {event}{pairs}\n")


@contextlib.contextmanager
def unit_log(storage: Storage, unit_id: str, folder: Path) -> Iterator[UnitLog]:
    """A log in `folder`, versions at its top, kept in the storage however the work on the unit ends.

    The exception that ends the work is written at its end and passed on. A worker that is killed keeps none.
    """
    log = UnitLog(folder / f"{unit_id}.log")
    log.say("begin", unit=unit_id, host=platform.node(), pid=os.getpid(), python=platform.python_version())
    log.say("versions", **versions())
    try:
        yield log
        log.say("end")
    except BaseException as error:
        log.say("failed", exception=type(error).__name__, message=error)
        raise
    finally:
        # A unit is not lost for its log.
        with contextlib.suppress(StorageError):
            storage.write(f"logs/{unit_id}.log", _kept(log.path))


def _kept(path: Path) -> bytes:
    size, half = path.stat().st_size, KEPT_BYTES // 2
    with path.open("rb") as file:
        if size <= KEPT_BYTES:
            return file.read()
        head = file.read(half)
        file.seek(size - half)
        return head + b"\n... %d bytes left out ...\n" % (size - KEPT_BYTES) + file.read()


def _one_line(value: object) -> str:
    text = " ".join(str(value).split())
    return f'"{text}"' if " " in text or not text else text
