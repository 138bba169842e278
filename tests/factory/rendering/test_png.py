from __future__ import annotations

import contextlib
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from factory.rendering.png import decode_grey16, encode_grey16, rescale_grey16
from schemas.arrays import UInt16
from schemas.errors import ShardError

images = arrays(np.uint16, st.tuples(st.integers(1, 40), st.integers(1, 40)))
SMALL = np.array([[1, 2], [258, 65535]], np.uint16)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, rows: bytes, form: bytes = bytes([16, 0, 0, 0, 0])) -> bytes:
    header = struct.pack(">II", width, height) + form
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@settings(max_examples=60)
@given(images)
def test_opencv_and_pillow_read_the_same_pixels_as_we(image: UInt16) -> None:
    for data in (encode_grey16(image, 1), rescale_grey16(encode_grey16(image, 1), 1.0)):
        assert np.array_equal(decode_grey16(data), image)
        assert np.array_equal(np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)), image)
        assert np.array_equal(np.array(Image.open(io.BytesIO(data))), image)


@settings(max_examples=60)
@given(images, st.sampled_from(["NONE", "SUB", "UP", "AVG", "PAETH"]))
def test_what_opencv_and_pillow_write_is_read_whatever_its_filters(image: UInt16, name: str) -> None:
    settings_ = (cv2.IMWRITE_PNG_FILTER, getattr(cv2, f"IMWRITE_PNG_FILTER_{name}"))
    assert np.array_equal(decode_grey16(cv2.imencode(".png", image, settings_)[1].tobytes()), image)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    assert np.array_equal(decode_grey16(buffer.getvalue()), image)


def test_rows_are_big_endian_differences_to_the_one_above() -> None:
    data = encode_grey16(SMALL, 1)
    size = struct.unpack(">I", data[33:37])[0]
    assert data[:41] == png(2, 2, b"")[:33] + struct.pack(">I", size) + b"IDAT"
    assert zlib.decompress(data[41 : 41 + size]) == bytes([2, 0, 1, 0, 2, 2, 1, 1, 255, 253])


def test_a_file_with_the_up_filter_of_another_packer_is_read() -> None:
    assert np.array_equal(decode_grey16(png(2, 2, bytes([2, 0, 1, 0, 2, 2, 1, 1, 255, 253]))), SMALL)


def test_rows_with_filters_of_several_kinds_in_several_chunks_are_read() -> None:
    packed = zlib.compress(bytes([0, 0, 1, 0, 2, 1, 1, 2, 254, 253]))
    header = png(2, 2, b"")[:33]
    data = header + chunk(b"IDAT", packed[:5]) + chunk(b"IDAT", packed[5:]) + chunk(b"IEND", b"")
    assert np.array_equal(decode_grey16(data), SMALL)


@settings(max_examples=200)
@given(st.binary(max_size=80), st.integers(0, 75), st.booleans())
def test_hostile_bytes_are_an_image_of_the_size_told_or_a_typed_error(noise: bytes, at: int, headed: bool) -> None:
    whole = encode_grey16(SMALL, 1)
    data = whole[:at] + noise if headed else noise
    with contextlib.suppress(ShardError):
        assert decode_grey16(data).shape == struct.unpack(">II", data[16:24])[::-1]


@pytest.mark.parametrize("at", [45, 55])
def test_a_flipped_bit_of_the_packed_rows_is_never_taken_for_an_image(at: int) -> None:
    data = bytearray(encode_grey16(np.arange(400, dtype=np.uint16).reshape(20, 20), 1))
    data[at] ^= 16
    with pytest.raises(ShardError, match="not a readable PNG"):
        decode_grey16(bytes(data))


@pytest.mark.parametrize("size", [(1 << 16, 1 << 16), (0, 4), (1 << 31, 1), (8192, 8193)])
def test_a_claim_of_too_many_pixels_or_none_is_refused_before_it_is_believed(size: tuple[int, int]) -> None:
    with pytest.raises(ShardError, match=f"claims {size[0]}×{size[1]} pixels"):
        decode_grey16(png(*size, b"\2"))


def test_a_bomb_of_more_rows_than_told_stays_within_the_size_told() -> None:
    with contextlib.suppress(ShardError):
        assert decode_grey16(png(2, 2, bytes(1 << 20))).shape == (2, 2)


def test_other_bit_depths_are_refused() -> None:
    with pytest.raises(ShardError, match="uint8"):
        decode_grey16(png(2, 2, bytes(6), bytes([8, 0, 0, 0, 0])))


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (4,), (2, 2, 2)])
def test_only_flat_images_with_pixels_are_encoded(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a 16-bit PNG holds"):
        encode_grey16(np.zeros(shape, np.uint16), 1)


@settings(max_examples=30)
@given(images, st.sampled_from(["SUB", "UP", "PAETH"]))
def test_values_are_multiplied_in_a_file_of_any_layout(image: UInt16, name: str) -> None:
    foreign = cv2.imencode(".png", image, (cv2.IMWRITE_PNG_FILTER, getattr(cv2, f"IMWRITE_PNG_FILTER_{name}")))[1]
    tenfold = np.minimum(10 * image.astype(int), 65535)
    ours = rescale_grey16(encode_grey16(image, 1), 10.0)
    assert np.array_equal(decode_grey16(ours), tenfold)
    assert rescale_grey16(foreign.tobytes(), 10.0) == ours


@pytest.mark.parametrize("data", [b"", b"not an image", SIGNATURE, encode_grey16(SMALL, 1)[:-20]])
def test_what_is_no_image_cannot_be_multiplied(data: bytes) -> None:
    with pytest.raises(ShardError, match=f"of {len(data)} bytes: not a readable PNG"):
        rescale_grey16(data, 10.0)


@pytest.mark.parametrize(("width", "fits"), [(65_536, True), (65_537, False)])
def test_the_widest_row_is_packed_and_a_wider_one_refused(width: int, fits: bool) -> None:
    data = encode_grey16(np.full((1, width), 3, np.uint16), 1)
    if fits:
        assert (decode_grey16(rescale_grey16(data, 2.0)) == 6).all()
    else:
        with pytest.raises(ShardError, match="65537 pixels wide"):
            rescale_grey16(data, 2.0)
