"""Frames chosen and made smaller for a model."""

from __future__ import annotations

import numpy as np
import pytest

from captioning.frames import shrink, spread
from factory.rendering.encode import decode_rgb, encode_rgb
from schemas.errors import ShardError


@pytest.mark.parametrize(
    ("first", "last", "count", "chosen"),
    [(0, 9, 4, (0, 3, 6, 9)), (5, 7, 8, (5, 6, 7)), (3, 3, 2, (3,)), (0, 100, 1, (0,)), (10, 20, 2, (10, 20))],
)
def test_frames_are_spread_evenly_ends_included(first: int, last: int, count: int, chosen: tuple[int, ...]) -> None:
    assert spread(first, last, count) == chosen


def test_the_longer_edge_is_made_the_size_and_the_shape_kept() -> None:
    image = np.zeros((270, 480, 3), np.uint8)
    image[:, 240:] = 255
    small = decode_rgb(shrink(encode_rgb(image, 95), 96))
    assert small.shape == (54, 96, 3)
    assert small[:, :40].max() < 30
    assert small[:, 56:].min() > 225


def test_a_small_image_stays_byte_for_byte() -> None:
    jpeg = encode_rgb(np.zeros((32, 48, 3), np.uint8), 90)
    assert shrink(jpeg, 48) is jpeg


def test_bytes_that_are_no_image_are_a_shard_error() -> None:
    with pytest.raises(ShardError, match="not a readable JPEG"):
        shrink(b"no", 48)
