"""Reading what a dataset names, and nothing else: every reference stays under the dataset's root.

Scene files come from anywhere. A reference that leaves the root, a Git LFS pointer, a login page saved
as a mesh, an empty or an oversized file is refused here, by name, before any parser sees it.
"""

from __future__ import annotations

import binascii
import csv
import mmap
import ntpath
import struct
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from schemas.errors import SceneError

MAX_FILE_BYTES = 8 * 2**30
MAX_DATA_URI_BYTES = 64 * 2**20
_LFS = b"version https://git-lfs"
_PARSER_FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    csv.Error,
    struct.error,
)
_PAGE = (b"<!doctype html", b"<html", b"<?xml version")


@dataclass(frozen=True)
class Root:
    """The folder a dataset may read from.

    skip_missing : leave out what is named but absent, with a note, instead of refusing the scene
    """

    folder: Path
    skip_missing: bool = False

    def resolve(self, reference: str, beside: Path) -> Path:
        """The file that `reference`, a relative path in a file of the folder `beside`, means. It may not exist.

        Raises SceneError when it is absolute, or leads out of the root by `..` or by a link.
        """
        text = urllib.parse.unquote(reference).replace("\\", "/").strip()
        if not text or "\0" in text or len(text) > 4096:
            raise SceneError(f"{beside}: an unusable file name {reference[:80]!r} is referenced; repair the reference")
        if text.startswith("/") or ntpath.splitdrive(text)[0] or "://" in text:
            raise SceneError(f"{beside}: names the absolute path {reference!r}; make it relative to {self.folder}")
        try:
            path = (beside / text).resolve()
            inside = path.is_relative_to(self._resolved)
        except (OSError, RuntimeError, ValueError) as error:
            raise SceneError(f"{beside}: {reference!r} cannot be followed ({error}); repair the link") from error
        if not inside:
            raise SceneError(
                f"{beside}: {reference!r} leads out of the dataset's root {self.folder}; copy the file under the root"
            )
        return path

    @cached_property
    def _resolved(self) -> Path:
        return self.folder.resolve()


def dataset_root(root: str | None, dataset: str) -> Path:
    """The folder (or file) named in the recipe. Raises SceneError when none is given or it is not there."""
    if not root:
        raise SceneError(f"{dataset}: give the dataset's folder as root in the recipe's [[scenes]]")
    path = Path(root).expanduser()
    if not path.exists():
        raise SceneError(f"{dataset}: root {path} does not exist; give the folder that holds the dataset")
    return path


def read_bytes(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """The content of a checked file (see `check_file`). Raises SceneError."""
    check_file(path, limit)
    try:
        return path.read_bytes()
    except OSError as error:
        raise SceneError(f"{path}: cannot be read ({error.strerror})") from error


def map_bytes(path: Path) -> memoryview:
    """The content of a checked file (see `check_file`), mapped rather than read. Raises SceneError."""
    check_file(path)
    try:
        with path.open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise SceneError(f"{path}: cannot be read ({error.strerror})") from error


def read_range(path: Path, start: int, length: int) -> bytes:
    """As many bytes of a file, which was checked before, from `start` on. Raises SceneError."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)
    except OSError as error:
        raise SceneError(f"{path}: cannot be read ({error.strerror})") from error


def check_file(path: Path, limit: int = MAX_FILE_BYTES) -> None:
    """Refuse what cannot be the file meant. Raises SceneError naming the file and what to do."""
    try:
        if not path.is_file():
            raise SceneError(f"{path}: there is no such file; download it, or correct the name that refers to it")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(256)
    except OSError as error:
        raise SceneError(f"{path}: cannot be read ({error.strerror})") from error
    if size == 0:
        raise SceneError(f"{path}: is empty; the download was interrupted, fetch it again")
    if size > limit:
        raise SceneError(f"{path}: {size / 2**20:.0f} MiB, more than the {limit / 2**20:.0f} MiB accepted")
    if head.startswith(_LFS):
        raise SceneError(
            f"{path}: is a Git LFS pointer, not the file itself; run `git lfs pull` in the dataset's clone"
        )
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE):
        raise SceneError(
            f"{path}: is a web page, not data: a login or error page was saved; sign in, accept the terms, fetch again"
        )


def data_uri(uri: str, where: Path) -> bytes:
    """The bytes inside a base64 `data:` URI. Raises SceneError when malformed or too large."""
    head, comma, body = uri.partition(",")
    if not comma or not head.endswith(";base64"):
        raise SceneError(f"{where}: a data URI that is not base64; export the file with its buffers beside it")
    if len(body) > MAX_DATA_URI_BYTES:
        raise SceneError(f"{where}: a data URI of {len(body) / 2**20:.0f} MiB; export as GLB instead")
    try:
        return binascii.a2b_base64(body, strict_mode=False)
    except binascii.Error as error:
        raise SceneError(f"{where}: a damaged data URI ({error}); export the file again") from error


@contextmanager
def parsing(path: Path, kind: str) -> Iterator[None]:
    """Whatever a malformed file does to a parser becomes a SceneError that names the file."""
    try:
        with np.errstate(all="ignore"):
            yield
    except _PARSER_FAULTS as error:
        raise SceneError(
            f"{path}: is not well-formed {kind} ({type(error).__name__}: {str(error)[:200]}); "
            "it is damaged or truncated: fetch or export it again"
        ) from error
    except MemoryError as error:
        raise SceneError(f"{path}: asks for more memory than there is; it is damaged, or too large") from error
