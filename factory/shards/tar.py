"""Tar archives of one plain kind: USTAR, files only, one fixed owner and time.

Equal members give equal bytes. The scanner accepts nothing but what the writer makes: a header is right when it
is the very header that the writer gives that name and size, so links, devices, paths and extensions have no way in.
Format: POSIX.1-1988, ustar interchange format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

from schemas.errors import ShardError

BLOCK = 512
LARGEST_MEMBER = 1 << 28
END = bytes(2 * BLOCK)

_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SIZE = re.compile(rb"[0-7]{11}\0")
# mode 0644, uid, gid / size, mtime 0 / checksum as blanks, while it is summed / type "0", no link, owner root.
_BEFORE_SIZE = b"0000644\x00" + b"0000000\x00" * 2
_MTIME = b"00000000000\0"
_AFTER_CHECKSUM = (b"0" + bytes(100) + b"ustar\x0000" + b"root".ljust(32, b"\0") * 2).ljust(356, b"\0")
_CONSTANT_SUM = sum(_BEFORE_SIZE) + sum(_MTIME) + 8 * ord(" ") + sum(_AFTER_CHECKSUM)


class Source(Protocol):
    """What can be read from."""

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, or fewer at the end."""


class Sink(Protocol):
    """What can be written to."""

    def write(self, content: bytes, /) -> Any:
        """Append all of `content`."""


def write_member(file: Sink, name: str, content: bytes) -> None:
    """Append a member. Raises ShardError for a name or size that the format cannot hold."""
    encoded = name.encode()
    if not _NAME.fullmatch(encoded):
        raise ShardError(f"member {name!r}: a name has 1 to 100 letters, digits, '_', '-' and '.', and no folder")
    if len(content) > LARGEST_MEMBER:
        raise ShardError(f"member {name}: {len(content)} bytes, at most {LARGEST_MEMBER} go into one file")
    file.write(_header(encoded, len(content)))
    file.write(content)
    file.write(bytes(-len(content) % BLOCK))


def scan(file: Source, where: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the members, in their order.

    Raises ShardError naming `where` and the member or byte: a header that `write_member` does not make, a member
    above LARGEST_MEMBER, a missing end, or bytes after it.
    """
    offset = 0
    while (header := file.read(BLOCK)) != END[:BLOCK]:
        name, size = _parse(header, f"{where}: header at byte {offset}")
        padded = size + -size % BLOCK
        body = file.read(padded)
        if len(body) < padded or any(body[size:]):
            raise ShardError(f"{where}: member {name} is cut short or not padded with zeros")
        yield name, body[:size]
        offset += BLOCK + padded
    if file.read(BLOCK) != END[BLOCK:] or file.read(1):
        raise ShardError(f"{where}: the archive does not end as it should after byte {offset}")


def _header(name: bytes, size: int) -> bytes:
    octal = b"%011o\0" % size
    checksum = _CONSTANT_SUM + sum(name) + sum(octal)
    return b"".join((name.ljust(100, b"\0"), _BEFORE_SIZE, octal, _MTIME, b"%06o\0 " % checksum, _AFTER_CHECKSUM))


def _parse(header: bytes, where: str) -> tuple[str, int]:
    if len(header) < BLOCK:
        raise ShardError(f"{where}: the archive ends without its end mark")
    name, octal = header[:100].rstrip(b"\0"), header[124:136]
    if not _NAME.fullmatch(name) or not _SIZE.fullmatch(octal) or header != _header(name, int(octal[:11], 8)):
        raise ShardError(f"{where}: not a plain file as navfoundry writes it (damaged, a link, a path or an extension)")
    size = int(octal[:11], 8)
    if size > LARGEST_MEMBER:
        raise ShardError(f"{where}: member {name.decode()} claims {size} bytes, at most {LARGEST_MEMBER} are read")
    return name.decode(), size
