"""Files whose bytes are hashed as they pass, so that a shard is read and checked in one go, or written."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

CHUNK = 1 << 20  # bytes: hashing so many at once, a thread hardly asks for the interpreter lock


class DigestedSink:
    """A file that is hashed as it is written; `size` bytes have been."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._state = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes, /) -> None:
        """Append all of `content`."""
        self._file.write(content)
        self._state.update(content)
        self.size += len(content)

    @property
    def sha256(self) -> str:
        """Of what was written so far, 64 hex digits."""
        return self._state.hexdigest()


class DigestedSource:
    """A file that is read in chunks, each hashed by `hasher` while its bytes are used. `size` and `sha256` are of the
    whole file once a read has come back short.
    """

    def __init__(self, file: IO[bytes], hasher: ThreadPoolExecutor) -> None:
        self._file = file
        self._hasher = hasher
        self._state = hashlib.sha256()
        self._hashing: Future[None] | None = None
        self._chunk = b""
        self._used = 0
        self.size = 0

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        parts = [self._take(size)]
        missing = size - len(parts[0])
        while missing > 0 and (chunk := self._file.read(CHUNK)):
            self._hash(chunk)
            self._chunk, self._used = chunk, 0
            parts.append(self._take(missing))
            missing -= len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @property
    def sha256(self) -> str:
        """Of what was taken from the file so far, 64 hex digits."""
        self._await()
        return self._state.hexdigest()

    def _take(self, size: int) -> bytes:
        taken = self._chunk[self._used : self._used + size]
        self._used += len(taken)
        return taken

    def _hash(self, chunk: bytes) -> None:
        self._await()
        self._hashing = self._hasher.submit(self._state.update, chunk)
        self.size += len(chunk)

    def _await(self) -> None:
        if self._hashing:
            self._hashing.result()


@contextlib.contextmanager
def digested(file: IO[bytes]) -> Iterator[DigestedSource]:
    """The file as a source that is hashed by a thread of its own."""
    with ThreadPoolExecutor(1) as hasher:
        yield DigestedSource(file, hasher)
