from __future__ import annotations

import heapq
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from factory.rendering.packing import UP, _code_lengths, _codes, repacked
from schemas.arrays import UInt16

shapes = st.tuples(st.integers(1, 30), st.integers(1, 400))
noisy = arrays(np.uint16, st.tuples(st.integers(1, 40), st.integers(1, 40)))
# Few values make runs of all lengths, across the longest that one match holds.
striped = arrays(np.uint16, shapes, elements=st.sampled_from([0, 7, 300]), fill=st.just(7))


def rows_of(image: UInt16) -> bytes:
    """The bytes under PNG's filter `Up`, said in NumPy."""
    content = image.astype(">u2").view(np.uint8).reshape(len(image), -1)
    above = np.vstack([np.zeros_like(content[:1]), content[:-1]])
    return np.insert(content - above, 0, UP, axis=1).tobytes()


def packed(image: UInt16, ratio: float = 1.0) -> bytes:
    rows = np.frombuffer(rows_of(image), np.uint8).reshape(len(image), -1)
    return bytes(repacked(rows, ratio).tobytes())


def slope(height: int = 270, width: int = 480) -> UInt16:
    """Depth of a floor and a wall seen from a head that looks down, rounded to millimetres."""
    v, u = np.mgrid[0:height, 0:width]
    floor, wall = 300_000 / (v + 40.0), 1500 + 2.3 * u + 0.07 * v
    return np.asarray(np.minimum(floor, wall), np.uint16)


def least_bits(counts: list[int]) -> int:
    """Of Huffman's codes: the two least are joined until one is left, and each joint costs what it holds."""
    heap, total = sorted(counts), 0
    while len(heap) > 1:
        joint = heapq.heappop(heap) + heapq.heappop(heap)
        heapq.heappush(heap, joint)
        total += joint
    return total


@settings(max_examples=150)
@given(noisy | striped)
def test_zlib_unpacks_the_filtered_rows(image: UInt16) -> None:
    assert zlib.decompress(packed(image)) == rows_of(image)


@pytest.mark.parametrize("width", [1, 2, 3, 129, 130, 131, 132, 258, 259, 260, 261, 1000, 8192])
def test_runs_of_every_remainder_are_whole(width: int) -> None:
    image = np.full((3, width), 65535, np.uint16)
    image[1, width // 2] = 1
    assert zlib.decompress(packed(image)) == rows_of(image)


def test_the_sample_that_codes_follow_from_need_not_be_like_the_rest() -> None:
    image = np.zeros((300, 300), np.uint16)
    image[::2] = np.random.default_rng(0).integers(0, 1 << 16, image[::2].shape)
    image[:40] = 5
    assert zlib.decompress(packed(image)) == rows_of(image)


def test_the_checksum_is_that_of_the_rows_however_large() -> None:
    image = np.random.default_rng(1).integers(0, 1 << 16, (40, 8000)).astype(np.uint16)
    stream = packed(image)
    assert struct.unpack(">I", stream[-4:])[0] == zlib.adler32(rows_of(image))
    assert zlib.decompressobj().decompress(stream) == rows_of(image)


def test_depth_is_packed_and_noise_takes_little_more_room_than_itself() -> None:
    assert len(packed(slope())) < slope().nbytes / 25
    noise = np.random.default_rng(2).integers(0, 1 << 16, (200, 200)).astype(np.uint16)
    assert len(packed(noise)) < 1.02 * noise.nbytes


def test_equal_images_give_equal_bytes() -> None:
    assert packed(slope()) == packed(slope().copy())


@given(st.lists(st.integers(1, 1 << 30), min_size=2, max_size=286))
def test_codes_are_a_full_prefix_code_and_the_shortest_where_the_format_lets_them(counts: list[int]) -> None:
    lengths = _code_lengths(np.array(counts, np.int64))
    assert lengths.min() >= 1
    assert lengths.max() <= 15
    assert (0.5**lengths).sum() == 1.0
    codes = _codes(lengths)
    words = [format(int(code), f"0{length}b")[::-1] for code, length in zip(codes, lengths, strict=True)]
    assert not any(b.startswith(a) for a, b in zip(sorted(words), sorted(words)[1:], strict=False))
    if lengths.max() < 15:
        assert (lengths * np.array(counts)).sum() == least_bits(counts)


def test_a_tree_too_high_for_the_format_is_made_lower() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 40:
        fibonacci.append(sum(fibonacci[-2:]))
    lengths = _code_lengths(np.array(fibonacci, np.int64))
    assert lengths.max() == 15
    assert (0.5**lengths).sum() == 1.0


def test_numbers_are_multiplied_and_rounded_and_the_last_one_stays_the_last() -> None:
    image = np.array([[0, 1, 3, 6553, 6554, 65535]], np.uint16)
    for ratio, numbers in (
        (10.0, [0, 10, 30, 65530, 65535, 65535]),
        (2.5, [0, 3, 8, 16383, 16385, 65535]),
        (0.5, [0, 1, 2, 3277, 3277, 65535]),
    ):
        assert zlib.decompress(packed(image, ratio)) == rows_of(np.array([numbers], np.uint16))


@settings(max_examples=50)
@given(noisy | striped)
def test_multiplied_numbers_are_packed_as_if_they_had_been_there(image: UInt16) -> None:
    tenfold = np.minimum(10 * image.astype(int), 65535).astype(np.uint16)
    assert packed(image, 10.0) == packed(tenfold)
