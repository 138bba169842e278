"""A child process under watch: its lines as they come, and nothing of it left when the reader is done."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from schemas.errors import TransientError

_POLL = 0.2  # seconds between looks at the child's memory
_LOG_LINES = 5


@dataclass(frozen=True)
class ChildLimits:
    """What a render child may use.

    deadline : seconds without a line from it; memory_bytes : resident memory
    threads : CPU threads; gpu : the device it may see, as CUDA_VISIBLE_DEVICES takes it, "auto" for those that
    this process sees, or None for the CPU
    """

    deadline: float
    memory_bytes: int
    threads: int
    gpu: str | None


def lines_of_child(
    command: Sequence[str], environment: Mapping[str, str], limits: ChildLimits, log: Path
) -> Generator[str]:
    """Run `command` and yield its standard output line by line; standard error is appended to `log`.

    The child leads a process group of its own, which is killed as soon as the reader stops, whatever the
    reason. A child that asks for a signal at its parent's death gets it when the thread that reads first ends.
    The deadline runs only while the reader waits for a line.

    Raises TransientError when the child is silent for too long, too large, or ends otherwise than with code 0.
    """
    with log.open("ab") as noise:
        start = noise.tell()
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=noise,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        assert child.stdout is not None
        yield from _lines(child, child.stdout, limits)
        _require_good_end(child, limits)
    except TransientError as error:
        raise TransientError(f"{error}; its log {log} ends:\n{_tail(log, start)}") from error
    finally:
        _kill_group(child)


def _lines(child: subprocess.Popen[bytes], output: IO[bytes], limits: ChildLimits) -> Iterator[str]:
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            _wait_readable(child, selector, limits)
            chunk = os.read(output.fileno(), 65536)
            if not chunk:
                return
            *complete, pending = (pending + chunk).split(b"\n")
            for line in complete:
                yield line.decode(errors="replace")


def _wait_readable(child: subprocess.Popen[bytes], selector: selectors.BaseSelector, limits: ChildLimits) -> None:
    last = time.monotonic()
    while True:
        used = _resident_bytes(child.pid)
        if used > limits.memory_bytes:
            raise TransientError(
                f"render child uses {used / 2**30:.2f} GiB, above its limit of {limits.memory_bytes / 2**30:.2f} GiB"
            )
        if selector.select(_POLL):
            return
        if time.monotonic() - last > limits.deadline:
            raise TransientError(f"render child made no progress for {limits.deadline:g} s")


def _resident_bytes(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _require_good_end(child: subprocess.Popen[bytes], limits: ChildLimits) -> None:
    try:
        code = child.wait(limits.deadline)
    except subprocess.TimeoutExpired as error:
        raise TransientError(f"render child did not end within {limits.deadline:g} s of its last word") from error
    if code < 0:
        raise TransientError(f"render child was killed by {signal.Signals(-code).name}")
    if code > 0:
        raise TransientError(f"render child failed with code {code}")


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as stream:
        stream.seek(start)
        lines = [line for line in stream.read().decode(errors="replace").splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-_LOG_LINES:]) or "  (nothing)"


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
