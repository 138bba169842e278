"""16-bit grey PNG, in half the processor time of OpenCV and a fifth smaller, or in other units still faster.

Every row is stored as its difference to the one above, in one IDAT chunk that libdeflate packs, or `packing`. What
has any other layout, or is damaged, is left to OpenCV's judgement. Format: W3C PNG, third edition, 5 and 9.
"""

from __future__ import annotations

import struct

import cv2
import deflate
import numpy as np
from numba import njit

from factory.rendering.packing import UP, WIDEST, repacked
from schemas.arrays import UInt8, UInt16
from schemas.errors import ShardError

# No camera has more; a few bytes can claim an image of gigabytes, and decoders make room for it first.
MAX_PIXELS = 8192 * 8192

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY16 = bytes([16, 0, 0, 0, 0])  # bits, colour type, compression, filter method, no interlace
_IDAT = len(_SIGNATURE) + 25  # where the second chunk begins: IHDR takes 13 bytes and 12 around them


def encode_grey16(image: UInt16, level: int) -> bytes:
    """Image (H, W) uint16 → PNG, packed at libdeflate's `level` of 1..12. Raises ValueError for other arrays.

    Equal images give equal bytes on any processor.
    """
    return _png(image.shape, bytes(deflate.zlib_compress(_filtered(_checked(image)), level)))


def rescale_grey16(data: bytes, ratio: float) -> bytes:
    """PNG → PNG of the image with its values times `ratio`, as `packing.repacked` has them. Raises as `decode_grey16`.

    Packed in a third of the time of `encode_grey16` at level 1; images of depth take a fifth more room.
    """
    height, width = _size(data)
    if width > WIDEST:
        raise ShardError(f"of {len(data)} bytes: {width} pixels wide, and {WIDEST} are the most that can be packed")
    rows = _own_rows(data, height, width)
    if rows is None:
        rows = _filtered(_checked(_decode_foreign(data)))
    return _png((height, width), repacked(rows, ratio).tobytes())


def decode_grey16(data: bytes) -> UInt16:
    """PNG of any layout → (H, W) uint16.

    Raises ShardError for bytes that are no PNG, claim over `MAX_PIXELS`, or hold other than 16-bit grey.
    """
    rows = _own_rows(data, *_size(data))
    return _decode_foreign(data) if rows is None else _unfiltered(rows)


def _size(data: bytes) -> tuple[int, int]:
    """Height and width that a PNG claims. Raises ShardError as `decode_grey16`."""
    if len(data) < _IDAT or not data.startswith(_SIGNATURE):
        raise ShardError(f"of {len(data)} bytes: not a readable PNG")
    width, height = struct.unpack_from(">II", data, 16)
    if not 0 < width * height <= MAX_PIXELS:
        raise ShardError(f"of {len(data)} bytes: not a readable PNG (claims {width}×{height} pixels)")
    return height, width


def _checked(image: UInt16) -> UInt16:
    if image.dtype != np.uint16 or image.ndim != 2 or not 0 < image.size <= MAX_PIXELS:
        raise ValueError(f"a 16-bit PNG holds (H, W) uint16, not {image.dtype}{image.shape}")
    return np.ascontiguousarray(image)


def _png(shape: tuple[int, ...], stream: bytes) -> bytes:
    header = struct.pack(">II", shape[1], shape[0]) + _GREY16
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", stream) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = deflate.crc32(content, deflate.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _own_rows(data: bytes, height: int, width: int) -> UInt8 | None:
    """The rows (H, 1 + 2 W), all with the filter `UP`, of a file laid out as ours are; None for any other."""
    own = _SIGNATURE + _chunk(b"IHDR", struct.pack(">II", width, height) + _GREY16)
    end = len(data) - len(_chunk(b"IEND", b""))
    stream = data[_IDAT + 8 : end - 4]
    if data != b"".join([own, _chunk(b"IDAT", stream), _chunk(b"IEND", b"")]):
        return None
    size = height * (1 + 2 * width)
    try:
        rows = deflate.zlib_decompress(stream, size)
    except deflate.DeflateError:
        return None
    if len(rows) != size:
        return None
    filtered = np.frombuffer(rows, dtype=np.uint8).reshape(height, 1 + 2 * width)
    return filtered if (filtered[:, 0] == UP).all() else None


def _decode_foreign(data: bytes) -> UInt16:
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ShardError(f"of {len(data)} bytes: not a readable PNG ({error})") from error
    if image is None:
        raise ShardError(f"of {len(data)} bytes: not a readable PNG")
    if image.dtype != np.uint16 or image.ndim != 2:
        raise ShardError(f"of {len(data)} bytes: {image.dtype}{image.shape}, expected a 16-bit grey PNG")
    return np.asarray(image)


@njit(cache=True, nogil=True)
def _filtered(image: UInt16) -> UInt8:
    """The bytes that PNG packs, (H, 1 + 2 W): the filter's number, then each byte, big-endian, less the one above."""
    height, width = image.shape
    rows = np.empty((height, 1 + 2 * width), np.uint8)
    above = np.zeros(width, np.uint16)
    for v in range(height):
        rows[v, 0] = UP
        for u in range(width):
            rows[v, 1 + 2 * u] = (image[v, u] >> 8) - (above[u] >> 8)
            rows[v, 2 + 2 * u] = (image[v, u] & 255) - (above[u] & 255)
        above = image[v]
    return rows


@njit(cache=True, nogil=True)
def _unfiltered(rows: UInt8) -> UInt16:
    """The image of such rows."""
    height, width = rows.shape[0], rows.shape[1] // 2
    image = np.empty((height, width), np.uint16)
    row = np.zeros(2 * width, np.uint8)
    for v in range(height):
        for i in range(2 * width):
            row[i] += rows[v, 1 + i]
        for u in range(width):
            image[v, u] = np.uint16(row[2 * u]) << 8 | row[2 * u + 1]
    return image
