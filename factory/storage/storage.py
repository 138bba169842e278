"""One door to every store: names below a root, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from factory.storage import local
from schemas.errors import MissingExtraError, StorageError

# Parts begin with a letter, digit or '_': neither '..' nor the hidden names of files being written can be asked for.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,199})*")
_COPY_BYTES = 1 << 22

_READ_ONLY = "it may not be read or written by this user; change its permissions, or give another output folder"
_NOT_A_FOLDER = "a file stands where a folder is needed; move it, or give another output folder"
_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and relaunch the same command: what is made already is kept",
    errno.EDQUOT: "the disk quota is used up; free some space and relaunch the same command: what is made is kept",
    errno.EFBIG: "larger than files may be here (`ulimit -f`, or the file system's limit); raise it, or lower per_unit",
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: "the file system is read-only; give another output folder",
    errno.ENOTDIR: _NOT_A_FOLDER,
    errno.EEXIST: _NOT_A_FOLDER,
    errno.EISDIR: "a folder stands where a file is needed; move it, or give another output folder",
    errno.ENOENT: "there is no such file or bucket",
}


@dataclass(frozen=True)
class Storage:
    """A folder of a file system. Names are relative, parts joined by '/', of letters, digits, '_', '.' and '-'.

    Every method raises StorageError saying what, where, why and what to do.
    """

    fs: Any
    root: str

    @property
    def url(self) -> str:
        """Where it is, as a person would write it."""
        return self.root if self._is_local else cast(str, self.fs.unstrip_protocol(self.root))

    def read(self, name: str) -> bytes:
        """The whole file."""
        with self._explained("read", name):
            return cast(bytes, self.fs.cat_file(self._path(name)))

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The file as a stream to read from."""
        with self._explained("read", name):
            file = self.fs.open(self._path(name), "rb")
        try:
            with file:
                yield file
        except OSError as error:
            raise StorageError(f"cannot read {self.url}/{name}: {_reason(error)}") from error

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        with self._explained("look for", name):
            try:
                return bool(self.fs.info(self._path(name))["type"] == "file")
            except (FileNotFoundError, NotADirectoryError):
                return False

    def size(self, name: str) -> int:
        """Bytes of the file."""
        with self._explained("read", name):
            return int(self.fs.size(self._path(name)))

    def names(self, prefix: str = "") -> list[str]:
        """The names that begin with `prefix`, sorted, without files still being written."""
        folder = self.root + "/" + prefix.rpartition("/")[0] if "/" in prefix else self.root
        with self._explained("list", prefix):
            found = self.fs.find(folder)
        names = (path[len(self.root) :].lstrip("/") for path in found)
        return sorted(name for name in names if name.startswith(prefix) and _NAME.fullmatch(name))

    def write(self, name: str, content: bytes) -> None:
        """Make or replace the file at once: a reader sees the old content or the new, never a part.

        On an object store this is one upload, which its service commits whole.
        """
        with self._explained("write", name):
            if self._is_local:
                with local.replacing(Path(self._path(name))) as file:
                    file.write(content)
            else:
                self.fs.pipe_file(self._path(name), content)

    def upload(self, path: Path, name: str) -> None:
        """Like `write`, with the content of a local file."""
        with self._explained("write", name):
            if self._is_local:
                with path.open("rb") as source, local.replacing(Path(self._path(name))) as file:
                    shutil.copyfileobj(source, file, _COPY_BYTES)
            else:
                self.fs.put_file(str(path), self._path(name))

    def delete(self, name: str) -> None:
        """Remove the file."""
        with self._explained("delete", name):
            self.fs.rm_file(self._path(name))

    def sweep(self) -> int:
        """Remove what killed writers left half-written; the number of files. Object stores keep no halves."""
        with self._explained("sweep", ""):
            return local.sweep(Path(self.root)) if self._is_local else 0

    @property
    def _is_local(self) -> bool:
        return isinstance(self.fs, LocalFileSystem)

    def _path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise StorageError(f"{self.url}: {name!r} is not a name in this store (letters, digits, '_', '-', '.')")
        return f"{self.root}/{name}"

    @contextlib.contextmanager
    def _explained(self, action: str, name: str) -> Iterator[None]:
        try:
            yield
        except StorageError:
            raise
        # Each back end has its own exceptions beside OSError: botocore's, gcsfs's, aiohttp's.
        except Exception as error:
            raise StorageError(f"cannot {action} {self.url}/{name}: {_reason(error)}") from error


def open_storage(url: str) -> Storage:
    """The store at a path or an fsspec URL (`s3://bucket/run`, `memory://run`). Nothing is made before a write.

    Raises StorageError for an unknown protocol or a path that is a file, MissingExtraError for a back end that
    is not installed.
    """
    if not url.strip():
        raise StorageError("no output folder given; give a path or a URL such as s3://bucket/run")
    try:
        # Listings are never cached: other workers write to the same folder.
        fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise MissingExtraError(f"{url}: this kind of store needs another package; {error}") from error
    except Exception as error:
        raise StorageError(f"{url}: not a place that can be written to ({error})") from error
    if isinstance(fs, LocalFileSystem) and Path(root).exists() and not Path(root).is_dir():
        raise StorageError(f"{url}: {_NOT_A_FOLDER}")
    return Storage(fs, root.rstrip("/"))


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return _ADVICE[errno.ENOENT]
    if isinstance(error, OSError) and error.errno in _ADVICE:
        return _ADVICE[error.errno]
    return f"{type(error).__name__}: {error}"
