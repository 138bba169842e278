from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from factory.rendering.encode import (
    decode_depth,
    decode_instance,
    decode_rgb,
    depth_metres,
    encode_depth,
    encode_instance,
    encode_rgb,
    quantize_depth,
)
from schemas.arrays import UInt16
from schemas.errors import ShardError


@settings(max_examples=30)
@given(arrays(np.uint16, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_depth_and_masks_survive_the_round_trip_exactly(image: UInt16) -> None:
    assert np.array_equal(decode_depth(encode_depth(image)), image)
    assert np.array_equal(decode_instance(encode_instance(image)), image)


def test_a_smooth_image_survives_jpeg_within_two_grey_levels() -> None:
    u, v = np.meshgrid(np.arange(64), np.arange(48))
    image = np.stack([2 * u, 3 * v, u + v], axis=-1).astype(np.uint8)
    back = decode_rgb(encode_rgb(image, 95))
    assert back.shape == (48, 64, 3)
    assert np.abs(back.astype(int) - image).max() <= 6
    assert np.abs(back.astype(int) - image).mean() <= 1


def test_channels_come_back_in_red_green_blue_order() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    assert decode_rgb(encode_rgb(red, 90))[8, 8] == pytest.approx([200, 0, 0], abs=3)


def test_a_lower_quality_makes_a_smaller_file() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    assert len(encode_rgb(noise, 40)) < len(encode_rgb(noise, 95))


def test_equal_images_give_equal_bytes() -> None:
    image = np.arange(600, dtype=np.uint16).reshape(20, 30)
    assert encode_depth(image) == encode_depth(image.copy())
    assert encode_instance(image) == encode_instance(np.asfortranarray(image))


def test_every_row_is_kept_as_its_difference_to_the_one_above() -> None:
    rows = np.random.default_rng(2).integers(0, 1 << 16, (40, 60), dtype=np.uint16)
    for encode in (encode_depth, encode_instance):
        filtered = zlib.decompress(_chunk(encode(rows), b"IDAT"))
        assert set(filtered[:: 2 * 60 + 1]) == {2}  # a row's first byte names its filter: 2 is "up"


def test_a_slope_is_a_tenth_of_its_size_and_a_flat_mask_a_hundredth() -> None:
    slope = np.broadcast_to(np.arange(1000, 1270, dtype=np.uint16)[:, None], (270, 480))
    assert len(encode_depth(np.ascontiguousarray(slope))) < slope.size * 2 / 10
    assert len(encode_instance(np.full((270, 480), 7, np.uint16))) < slope.size * 2 / 100


def test_metres_become_the_nearest_millimetre_and_the_unknown_becomes_zero() -> None:
    depth = np.array([0.0, 1.0, 1.2344, 1.2346, 20.0, 20.001, 1e10, np.inf, np.nan, -1.0], np.float32)
    assert quantize_depth(depth, 20.0).tolist() == [0, 1000, 1234, 1235, 20000, 0, 0, 0, 0, 0]


def test_of_what_finer_units_cannot_say_only_that_it_is_farther_is_kept() -> None:
    depth = np.array([0.0, 0.00004, 1.23456, 6.5534, 6.5536, 20.0, 20.001], np.float32)
    tenths = quantize_depth(depth, 20.0, 0.0001)
    assert tenths.tolist() == [0, 0, 12346, 65534, 65535, 65535, 0]
    assert depth_metres(tenths, 0.0001).tolist() == pytest.approx([0, 0, 1.2346, 6.5534, np.inf, np.inf, 0])


@settings(max_examples=50)
@given(st.floats(0.01, 65.0), st.floats(0.0001, 0.001))
def test_any_unit_keeps_depth_to_half_of_itself_or_says_that_it_is_farther(metres: float, scale: float) -> None:
    (back,) = depth_metres(quantize_depth(np.array([metres], np.float32), 65.0, scale), scale).tolist()
    if metres < 65_534 * scale:
        assert back == pytest.approx(metres, abs=0.5 * scale + 1e-6 * metres)
    elif metres > 65_535 * scale:
        assert back == np.inf


@pytest.mark.parametrize("decode", [decode_depth, decode_instance, decode_rgb])
@pytest.mark.parametrize("data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_bytes_that_are_no_image_are_a_typed_error(decode: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(ShardError, match=f"of {len(data)} bytes: not a readable"):
        decode(data)


def test_an_eight_bit_image_is_not_taken_for_a_depth() -> None:
    data = cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1].tobytes()
    with pytest.raises(ShardError, match=r"depth of \d+ bytes: uint8"):
        decode_depth(data)


def test_only_flat_sixteen_bit_arrays_are_encoded() -> None:
    with pytest.raises(ValueError, match="float32"):
        encode_depth(np.zeros((4, 4), np.float32))
    with pytest.raises(ValueError, match=r"\(2, 4, 4\)"):
        encode_instance(np.zeros((2, 4, 4), np.uint16))


def _chunk(png: bytes, kind: bytes) -> bytes:
    """The content of the first chunk of that kind."""
    start = png.index(kind)
    (size,) = struct.unpack(">I", png[start - 4 : start])
    return png[start + 4 : start + 4 + size]
