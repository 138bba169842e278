"""Files on this machine that appear under their name whole, or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# A leading dot and this suffix mark a file being written; no stored name has a leading dot.
_SUFFIX = ".part"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the name `path` when the block ends well, and is removed when it does not.

    Its content is on the disk before the name is, so that a power cut leaves the old file or the new one.
    Folders are made as needed. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path) as file:
        temporary = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def sweep(root: Path) -> int:
    """Remove what killed writers left under `root`; the number of files removed.

    A living writer holds a lock on its file, which the kernel drops when it dies.
    """
    removed = 0
    for path in root.rglob(f".*{_SUFFIX}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            removed += 1
    return removed


def _temporary(path: Path) -> BinaryIO:
    while True:
        file = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_SUFFIX}").open("xb")
        # A file system without locks has no sweeping either: there `sweep` fails at the same call.
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # swept between its making and its locking


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
