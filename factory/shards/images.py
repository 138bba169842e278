"""What an encoded image claims to be, before a decoder believes it.

A few bytes can claim an image, or a chunk of one, of gigabytes, and decoders make room for it first.
"""

from __future__ import annotations

import struct

import simplejpeg

from schemas.errors import ShardError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LENGTH_AND_KIND = struct.Struct(">I4s")


def png_size(data: bytes) -> tuple[int, int]:
    """(width, height) of a PNG whose chunks fill `data` to its end. Raises ShardError for anything else."""
    kinds, at = [], len(_SIGNATURE)
    while data[:at].startswith(_SIGNATURE) and at + 12 <= len(data):
        length, kind = _LENGTH_AND_KIND.unpack_from(data, at)
        kinds.append(kind)
        at += 12 + length
    if at != len(data) or len(kinds) < 2 or kinds[0] != b"IHDR" or kinds[-1] != b"IEND":
        raise ShardError(f"{len(data)} bytes are not a whole PNG")
    width, height = struct.unpack_from(">II", data, len(_SIGNATURE) + _LENGTH_AND_KIND.size)
    return width, height


def jpeg_size(data: bytes) -> tuple[int, int]:
    """(width, height) of a JPEG. Raises ShardError where there is no header of one."""
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise ShardError(f"{len(data)} bytes are not a JPEG ({error})") from error
    return width, height
