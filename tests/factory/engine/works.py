"""Work to run in tests: module-level functions, so that Ray workers can import them.

Each writes its one output through the storage, and leaves a mark for each attempt beside it.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from factory.engine import UnitReport
from factory.storage import open_storage
from schemas.errors import MissingExtraError, SceneError, StorageError, TransientError


@dataclass(frozen=True)
class Job:
    """An item with nothing but a name."""

    id: str


def jobs(count: int) -> list[Job]:
    return [Job(f"job-{i:03d}") for i in range(count)]


def write(out: str, job: Job) -> UnitReport:
    """The good case: bytes that follow from the id alone."""
    _mark(out, job)
    seed = int(hashlib.sha256(job.id.encode()).hexdigest()[:8], 16)
    content = np.random.default_rng(seed).bytes(2000)
    open_storage(out).write(f"made/{job.id}", content)
    return UnitReport(job.id, 4, 3, {"too_short": 1}, 0, 30, len(content), {"plan": 0.5, "render": 1.5})


def write_telling(out: str, job: Job) -> Iterator[UnitReport]:
    """The same, telling of each episode on the way."""
    yield UnitReport(job.id, 1, 0, {"too_short": 1}, 0, 0, 0, {"plan": 0.5})
    yield UnitReport(job.id, 2, 1, {"too_short": 1}, 0, 10, 0, {"plan": 0.5, "render": 0.5})
    yield write(out, job)


def answer_what_cannot_be_sent(out: str, job: Job) -> object:
    return threading.Lock()


def yield_nothing(out: str, job: Job) -> Iterator[UnitReport]:
    yield from ()


def break_off(out: str, job: Job) -> Iterator[UnitReport]:
    """Fails between two answers, and cleans up after itself."""
    _mark(out, job)
    try:
        yield UnitReport(job.id, 1, 1, {}, 0, 10, 0, {})
        raise TransientError(f"{job.id}: the render child was killed")
    finally:
        Path(out, f"cleaned-{job.id}").touch()


def slow_write(out: str, job: Job) -> UnitReport:
    time.sleep(0.05)
    return write(out, job)


def nap(out: str, job: Job) -> tuple[float, float]:
    """When it began and ended."""
    began = time.time()
    time.sleep(0.4)
    return began, time.time()


def occupy(begun: str) -> None:
    """Somebody else's work; `begun` is there once it has the machine."""
    Path(begun).touch()
    time.sleep(60)


def refuse_every_third(out: str, job: Job) -> UnitReport:
    """A poison item: the fault is the item's own."""
    if int(job.id[-3:]) % 3 == 0:
        _mark(out, job)
        raise SceneError(f"scene {job.id}: no triangles; leave it out with `select`")
    return write(out, job)


def fail_until_third_attempt(out: str, job: Job) -> UnitReport:
    if attempts(out, job) < 2:
        _mark(out, job)
        raise TransientError(f"{job.id}: the render child was killed")
    return write(out, job)


def stumble_on_a_bug(out: str, job: Job) -> UnitReport:
    _mark(out, job)
    raise ZeroDivisionError(job.id)


def find_the_disk_full(out: str, job: Job) -> UnitReport:
    _mark(out, job)
    raise StorageError(f"{out}: no space left on device; free some and relaunch")


def miss_blender(out: str, job: Job) -> UnitReport:
    _mark(out, job)
    raise MissingExtraError("Blender is not installed; pip install 'navfoundry[render]'")


def die_at_first(out: str, job: Job) -> UnitReport:
    """The whole worker process dies, as the kernel's out-of-memory killer would have it."""
    if attempts(out, job) < 1 and job.id.endswith("1"):
        _mark(out, job)
        os.kill(os.getpid(), signal.SIGKILL)
    return write(out, job)


def always_die(out: str, job: Job) -> UnitReport:
    if job.id == "job-000":
        _mark(out, job)
        os.kill(os.getpid(), signal.SIGKILL)
    return write(out, job)


def hang_at_first(out: str, job: Job) -> UnitReport:
    """Hangs with a child process that would outlive it."""
    if attempts(out, job) < 1 and job.id == "job-001":
        _mark(out, job)
        child = subprocess.Popen(["sleep", "600"])
        Path(out, "child.pid").write_text(str(child.pid))
        child.wait()
    return write(out, job)


def attempts(out: str, job: Job) -> int:
    return len(list(Path(out, "attempts").glob(f"{job.id}.*")))


def outputs(out: str | Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(out, "made").iterdir())}


def _mark(out: str, job: Job) -> None:
    folder = Path(out, "attempts")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{job.id}.{time.monotonic_ns()}").touch()
