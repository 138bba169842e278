"""Sizes are read from headers, and headers are not believed further than the bytes reach."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.rendering.encode import encode_depth, encode_instance, encode_rgb
from factory.shards.images import jpeg_size, png_size
from schemas.errors import ShardError

NOISE = np.random.default_rng(1).integers(0, 65536, (200, 300), dtype=np.uint16)
PNG = encode_depth(NOISE)


@pytest.mark.parametrize(("width", "height"), [(8, 8), (480, 270), (1, 3)])
def test_sizes_are_width_and_height(width, height):
    assert png_size(encode_instance(np.zeros((height, width), np.uint16))) == (width, height)
    assert jpeg_size(encode_rgb(np.zeros((height, width, 3), np.uint8), 90)) == (width, height)


def test_other_encoders_files_are_read_too():
    grey = cv2.imencode(".png", np.zeros((5, 7), np.uint8))[1].tobytes()
    assert png_size(grey) == (7, 5)


def test_a_png_of_many_chunks_is_read():
    data = cv2.imencode(".png", NOISE, (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH))[1].tobytes()
    assert data.count(b"IDAT") > 1
    assert png_size(data) == (300, 200)


def test_a_chunk_that_claims_gigabytes_is_refused():
    at = PNG.index(b"IDAT") - 4
    claim = PNG[:at] + struct.pack(">I", 2**31 - 1) + PNG[at + 4 :]
    with pytest.raises(ShardError, match="not a whole PNG"):
        png_size(claim)


@pytest.mark.parametrize("length", range(0, len(PNG), 4999))
def test_a_cut_png_is_refused(length):
    with pytest.raises(ShardError, match="not a whole PNG"):
        png_size(PNG[:length])


@pytest.mark.parametrize("content", [PNG + b"\0", PNG + PNG[8:-12], PNG[8:], b"GIF89a" + PNG, b"", PNG[:8]])
def test_what_is_not_one_png_is_refused(content):
    with pytest.raises(ShardError, match="not a whole PNG"):
        png_size(content)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_size_or_are_a_shard_error(content):
    for size in (png_size, jpeg_size):
        for start in (b"", PNG[:8], b"\xff\xd8\xff"):
            try:
                assert min(size(start + content)) >= 0
            except ShardError:
                continue
