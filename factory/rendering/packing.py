"""Images of 16 bits as zlib streams, packed for speed: runs of equal pixels, and Huffman codes for the rest.

A run begins where a pixel differs from the one before, which is found without a branch; no other matches are looked
for. Codes follow from a sample of the image. Formats: RFC 1950 (zlib), RFC 1951 (deflate), PNG's filter `Up`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Int32, Int64, UInt8, UInt16, UInt32, UInt64

UP = 2  # the filter's number, which stands before every row

_SYMBOLS = 286
_END, _FIRST_LENGTH = 256, 257
_LONGEST_CODE = 15
_LONGEST_RUN = 129  # pixels: a match has at most 258 bytes
_SAMPLE, _OF = 32, 256  # so many runs of each stretch of so many are counted
_HEADER_WORDS = 64
_ADLER = 65521

# RFC 1951, 3.2.5: how many bits follow the symbol of a match's length, the least length of each symbol, and the
# symbol for a run of so many pixels.
_EXTRA_BITS = np.array([0] * 8 + [i // 4 for i in range(4, 24)] + [0])
_LEAST_LENGTH = np.append(3 + np.cumsum([0, *(1 << _EXTRA_BITS[:27])]), 258)
_RUN_SYMBOL = _FIRST_LENGTH - 1 + np.searchsorted(_LEAST_LENGTH, 2 * np.arange(_LONGEST_RUN + 1), "right")


# Whole words, the bits beyond them, and their number.
_Written = tuple[int, np.uint64, int]


@njit(cache=True, nogil=True)
def differences(image: UInt16) -> UInt16:
    """Image (H, W) → its rows under PNG's filter `Up`: each byte less the one above, two in a number as in `image`."""
    rows = np.empty(image.shape, np.uint16)
    rows[0] = image[0]
    for v in range(1, image.shape[0]):
        for u in range(image.shape[1]):
            value, above = image[v, u], image[v - 1, u]
            rows[v, u] = ((value & 0xFF00) - (above & 0xFF00)) & 0xFF00 | (value - above) & 0x00FF
    return rows


@njit(cache=True, nogil=True)
def packed(rows: UInt16) -> UInt8:
    """`differences` (H, W) → a zlib stream of 1 + 2 W bytes a row: the filter's number, then big-endian."""
    starts = _run_starts(rows)
    lengths = _code_lengths(_counts(rows, starts))
    codes = _codes(lengths)
    # No pixel takes more than two codes of 15 bits, no filter's number more than one.
    out = np.empty(_HEADER_WORDS + rows.size + len(rows), np.uint32)
    end = _write(rows, starts, codes, lengths, out)
    stream = out.view(np.uint8)
    checksum = _adler32(rows)
    for i in range(4):
        stream[end + i] = checksum >> (24 - 8 * i) & 255
    return stream[: end + 4].copy()


@njit(cache=True, nogil=True)
def _run_starts(rows: UInt16) -> Int32:
    """Where runs of equal pixels begin, counted over all rows, of which each begins one; last, the image's end."""
    height, width = rows.shape
    starts = np.empty(rows.size + 1, np.int32)
    n = np.uint64(0)
    for v in range(height):
        row, before = rows[v], np.int64(-1)
        for u in range(width):
            starts[n] = v * width + u
            n += np.uint64(row[u] != before)
            before = np.int64(row[u])
    starts[n] = rows.size
    return starts[: n + 1]


@njit(cache=True, nogil=True)
def _counts(rows: UInt16, starts: Int32) -> Int64:
    """How often a sample of the runs needs each symbol, and once more, so that none is without a code."""
    # High bytes are nearly all alike: in a table of their own, adding to one does not wait for the low ones.
    counts, high = np.ones(_SYMBOLS, np.int64), np.zeros(256, np.int64)
    counts[UP] += len(rows) * _SAMPLE // _OF
    pixels, runs = rows.ravel(), len(starts) - 1
    for stretch in range(0, runs, _OF):
        for i in range(stretch, min(stretch + _SAMPLE, runs)):
            value, repeated = pixels[starts[i]], starts[i + 1] - starts[i] - 1
            literals = 1 + (repeated == 1)
            high[value >> 8] += literals
            counts[value & 255] += literals
            counts[_RUN_SYMBOL[min(repeated, _LONGEST_RUN)]] += repeated > 1
    counts[:256] += high
    return counts


@njit(cache=True, nogil=True)
def _code_lengths(counts: Int64) -> Int64:
    """Bits of each symbol's Huffman code."""
    lengths = np.empty(len(counts), np.int64)
    longest = _LONGEST_CODE + 1
    while longest > _LONGEST_CODE:
        order = np.sort(counts << 9 | np.arange(len(counts)))
        depths = _depths(order >> 9)
        lengths[order & 511] = depths
        longest = depths.max()
        counts = (counts + 1) // 2  # counts closer to each other make a lower tree
    return lengths


@njit(cache=True, nogil=True)
def _depths(weights: Int64) -> Int64:
    """Depths of the leaves of the Huffman tree of ascending weights: nodes are made in ascending order, too."""
    n = len(weights)
    weight = np.concatenate((weights, np.zeros(n - 1, np.int64)))
    parent = np.zeros(2 * n - 1, np.int64)
    leaf, node = 0, n
    for made in range(n, 2 * n - 1):
        for _ in range(2):
            if leaf < n and (node == made or weight[leaf] <= weight[node]):
                least = leaf
                leaf += 1
            else:
                least = node
                node += 1
            parent[least] = made
            weight[made] += weight[least]
    depth = np.zeros(2 * n - 1, np.int64)
    for i in range(2 * n - 3, -1, -1):
        depth[i] = depth[parent[i]] + 1
    return depth[:n]


@njit(cache=True, nogil=True)
def _codes(lengths: Int64) -> UInt64:
    """Each symbol's canonical code (RFC 1951, 3.2.2), its first bit lowest."""
    codes = np.zeros(len(lengths), np.uint64)
    code = 0
    for length in range(1, _LONGEST_CODE + 1):
        code <<= 1
        for symbol in np.flatnonzero(lengths == length):
            codes[symbol] = _reversed(code, length)
            code += 1
    return codes


@njit(cache=True, nogil=True)
def _reversed(code: int, length: int) -> np.uint64:
    bits = 0
    for i in range(length):
        bits |= (code >> i & 1) << (length - 1 - i)
    return np.uint64(bits)


@njit(cache=True, nogil=True)
def _write(rows: UInt16, starts: Int32, codes: UInt64, lengths: Int64, out: UInt32) -> int:
    """Fill `out` with all but the checksum. Returns the number of bytes."""
    run_codes, run_lengths = _run_codes(codes, lengths)
    pixels, width = rows.ravel(), rows.shape[1]
    at, bits, held = _write_header(lengths, out)
    next_row = 0
    for i in range(len(starts) - 1):
        if starts[i] == next_row:
            at, bits, held = _put(out, at, bits, held, codes[UP], lengths[UP])
            next_row += width
        value, repeated = pixels[starts[i]], starts[i + 1] - starts[i] - 1
        high, low = value >> 8, value & 255
        code = codes[high] | codes[low] << np.uint64(lengths[high])
        length = lengths[high] + lengths[low]
        run_codes[1], run_lengths[1] = code, length  # one more of it is said again: matches have three bytes or more
        while repeated > _LONGEST_RUN:
            at, bits, held = _put(out, at, bits, held, code, length)
            code, length = run_codes[_LONGEST_RUN], run_lengths[_LONGEST_RUN]
            repeated -= _LONGEST_RUN
        if length + run_lengths[repeated] > 32:
            at, bits, held = _put(out, at, bits, held, code, length)
            code, length = np.uint64(0), 0
        code |= run_codes[repeated] << np.uint64(length)
        at, bits, held = _put(out, at, bits, held, code, length + run_lengths[repeated])
    at, bits, held = _put(out, at, bits, held, codes[_END], lengths[_END])
    out[at] = np.uint32(bits)
    return int(4 * at + (held + 7) // 8)


@njit(cache=True, nogil=True)
def _run_codes(codes: UInt64, lengths: Int64) -> tuple[UInt64, Int64]:
    """By the pixels of a run: the codes of its length and of the distance, a pixel, and how many bits they have."""
    run_codes, run_lengths = np.zeros(_LONGEST_RUN + 1, np.uint64), np.zeros(_LONGEST_RUN + 1, np.int64)
    for run in range(2, _LONGEST_RUN + 1):
        symbol = _RUN_SYMBOL[run]
        beyond = 2 * run - _LEAST_LENGTH[symbol - _FIRST_LENGTH]
        run_codes[run] = codes[symbol] | np.uint64(beyond) << np.uint64(lengths[symbol])
        run_lengths[run] = lengths[symbol] + _EXTRA_BITS[symbol - _FIRST_LENGTH] + 1
    return run_codes, run_lengths


@njit(cache=True, nogil=True)
def _write_header(lengths: Int64, out: UInt32) -> _Written:
    """What precedes the rows: zlib's two bytes, and one block's code lengths, each written in four bits."""
    at, bits, held = _put(out, 0, np.uint64(0), 0, np.uint64(0x0178), 16)
    at, bits, held = _put(out, at, bits, held, np.uint64(0b101), 3)  # the last block, with codes of its own
    at, bits, held = _put(out, at, bits, held, np.uint64((_SYMBOLS - 257) | 1 << 5 | 15 << 10), 14)
    for i in range(19):
        at, bits, held = _put(out, at, bits, held, np.uint64(4 if i >= 3 else 0), 3)  # lengths 0 to 15, no repetitions
    for length in lengths:
        at, bits, held = _put(out, at, bits, held, _reversed(length, 4), 4)
    # Of the distances 1 and 2, in bytes, there is but the second: a code of one bit.
    at, bits, held = _put(out, at, bits, held, _reversed(1, 4) << np.uint64(4), 8)
    return at, bits, held


@njit(cache=True, nogil=True)
def _put(out: UInt32, at: int, bits: np.uint64, held: int, code: np.uint64, length: int) -> _Written:
    """Add up to 32 bits to the less than 32 that are held; where they fill a word, it stays written."""
    bits = bits | np.uint64(code) << np.uint64(held)
    held += length
    out[at] = np.uint32(bits & np.uint64(0xFFFFFFFF))
    full = held >> 5
    return at + full, bits >> np.uint64(full << 5), held & 31


@njit(cache=True, nogil=True)
def _adler32(rows: UInt16) -> int:
    """Checksum (RFC 1950, 8.2) of the stream's bytes."""
    height, width = rows.shape
    low, high = np.int64(1), np.int64(0)
    for v in range(height):
        total, weighted = np.int64(UP), np.int64(UP * (2 * width + 1))
        for u in range(width):
            second = np.int64(rows[v, u] & 255)
            both = np.int64(rows[v, u] >> 8) + second
            total += both
            weighted += 2 * (width - u) * both - second
        high = (high + (2 * width + 1) * low + weighted) % _ADLER
        low = (low + total) % _ADLER
    return int(high << 16 | low)
