"""A unit's temporary folder, and those that killed workers left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "navfoundry-unit-"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder under TMPDIR, gone at the end; first removes those whose owner was killed.

    A folder is owned while its lock (flock) is held, and the kernel gives up a dead process's locks, so this also
    holds between containers that share a TMPDIR and do not see each other's processes.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_if_left(left)
    folder, lock = _owned_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _owned_folder() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(folder)
        # Between its making and its locking another worker may have taken it for a left one.
        if lock is not None:
            return folder, lock


def _remove_if_left(folder: Path) -> None:
    lock = _lock(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path) -> int | None:
    """The descriptor that holds the lock of a folder of ours; None where somebody else's, held or gone."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_uid == os.getuid() and os.path.samestat(os.fstat(lock), folder.stat()):
            return lock
    os.close(lock)
    return None
