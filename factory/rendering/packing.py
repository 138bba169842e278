"""Images of 16 bits in other units, as zlib streams packed for speed: runs of equal pixels, Huffman codes for the rest.

Each row goes from its bytes to its runs while it is in the nearest cache. A run begins where a pixel differs from the
one before, which is found without a branch; no other matches are looked for. Codes follow from a sample of the image.
Formats: RFC 1950 (zlib), RFC 1951 (deflate), PNG's filter `Up`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from schemas.arrays import Int32, Int64, UInt8, UInt16, UInt32, UInt64
from schemas.cameras import FARTHEST

UP = 2  # the filter's number, which stands before every row
WIDEST = 1 << 16  # pixels of a row, so that 16 bits hold how often one comes again

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
def repacked(filtered: UInt8, ratio: float) -> UInt8:
    """The rows of an image → a zlib stream of those of the image whose numbers are `ratio` times as large, rounded.

    filtered : (H, 1 + 2 W), W up to `WIDEST`, as PNG has them: the filter's number, `UP`, then W big-endian differences
    What becomes too large is 65535, and what is 65535 already stays it, whatever the ratio.
    """
    height, width = filtered.shape[0], filtered.shape[1] // 2
    runs, ends = np.empty(height * width, np.uint32), np.zeros(height + 1, np.int64)
    above, row, starts = np.zeros(width, np.uint16), np.empty(width, np.uint16), np.empty(width + 1, np.int32)
    line, unpacked = np.empty(width, np.uint16), np.zeros(2 * width, np.uint8)
    low, high = 1, 0
    for v in range(height):
        _multiply(_unfilter(filtered[v, 1:], unpacked), ratio, line)
        _difference(line, above, row)
        above, line = line, above
        ends[v + 1] = _find_runs(row, starts, runs, ends[v])
        low, high = _adler32(row, low, high)
    stream: UInt8 = _stream(runs, ends, low, high)
    return stream


@njit(cache=True, nogil=True)
def _unfilter(row: UInt8, unpacked: UInt8) -> UInt16:
    """Add a filtered row to the one above it, `unpacked`; the result's numbers, their bytes swapped."""
    for i in range(len(row)):
        unpacked[i] += row[i]
    return unpacked.view(np.uint16)


@njit(cache=True, nogil=True)
def _multiply(swapped: UInt16, ratio: float, line: UInt16) -> None:
    """Numbers whose bytes are swapped → their products, rounded."""
    for u in range(len(line)):
        value = np.uint16(swapped[u] << 8 | swapped[u] >> 8)
        product = np.int32(min(np.float32(value) * np.float32(ratio) + np.float32(0.5), np.float32(FARTHEST)))
        line[u] = product if value < FARTHEST else FARTHEST


@njit(cache=True, nogil=True)
def _difference(line: UInt16, above: UInt16, row: UInt16) -> None:
    """Both bytes less those above."""
    for u in range(len(row)):
        row[u] = ((line[u] & 0xFF00) - (above[u] & 0xFF00)) & 0xFF00 | (line[u] - above[u]) & 0x00FF


@njit(cache=True, nogil=True)
def _find_runs(row: UInt16, starts: Int32, runs: UInt32, first: int) -> int:
    """Write a row's runs of equal pixels to `runs` from `first` on; where they end.

    A run is its pixel in the high half, and in the low one how often it comes again. starts : room for W + 1
    """
    n, before = np.uint64(0), np.int64(-1)
    for u in range(len(row)):
        starts[n] = u
        n += np.uint64(row[u] != before)
        before = np.int64(row[u])
    starts[n] = len(row)
    for i in range(n):
        runs[first + i] = np.uint32(row[starts[i]]) << np.uint32(16) | np.uint32(starts[i + 1] - starts[i] - 1)
    return int(first + np.int64(n))


@njit(cache=True, nogil=True)
def _stream(runs: UInt32, ends: Int64, low: int, high: int) -> UInt8:
    """The zlib stream of an image's runs.

    ends : (H + 1,), where each row's runs end, after a 0; low, high : halves of the checksum
    """
    height = len(ends) - 1
    lengths = _code_lengths(_counts(runs[: ends[height]], height))
    codes = _codes(lengths)
    # No pixel takes more than two codes of 15 bits, no filter's number more than one.
    out = np.empty(_HEADER_WORDS + len(runs) + height, np.uint32)
    end = _write(runs, ends, codes, lengths, out)
    stream = out.view(np.uint8)
    checksum = high << 16 | low
    for i in range(4):
        stream[end + i] = checksum >> (24 - 8 * i) & 255
    return stream[: end + 4].copy()


@njit(cache=True, nogil=True)
def _counts(runs: UInt32, height: int) -> Int64:
    """How often a sample of the runs needs each symbol, and once more, so that none is without a code."""
    # High bytes are nearly all alike: in a table of their own, adding to one does not wait for the low ones.
    counts, high = np.ones(_SYMBOLS, np.int64), np.zeros(256, np.int64)
    counts[UP] += height * _SAMPLE // _OF
    for stretch in range(0, len(runs), _OF):
        for i in range(stretch, min(stretch + _SAMPLE, len(runs))):
            value, repeated = runs[i] >> 16, runs[i] & 0xFFFF
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
def _write(runs: UInt32, ends: Int64, codes: UInt64, lengths: Int64, out: UInt32) -> int:
    """Fill `out` with all but the checksum. Returns the number of bytes."""
    run_codes, run_lengths = _run_codes(codes, lengths)
    at, bits, held = _write_header(lengths, out)
    for v in range(len(ends) - 1):
        at, bits, held = _put(out, at, bits, held, codes[UP], lengths[UP])
        for i in range(ends[v], ends[v + 1]):
            value, repeated = runs[i] >> 16, np.int64(runs[i] & 0xFFFF)
            high, low = value >> 8, value & 255
            code = codes[high] | codes[low] << np.uint64(lengths[high])
            length = lengths[high] + lengths[low]
            # One more of it is said again: matches have three bytes or more.
            run_codes[1], run_lengths[1] = code, length
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
def _adler32(row: UInt16, low: int, high: int) -> tuple[int, int]:
    """Both halves of the checksum (RFC 1950, 8.2) after one more row, the filter's number before it."""
    width = len(row)
    total, weighted = np.int64(UP), np.int64(UP * (2 * width + 1))
    for u in range(width):
        second = np.int64(row[u] & 255)
        both = np.int64(row[u] >> 8) + second
        total += both
        weighted += 2 * (width - u) * both - second
    return int((low + total) % _ADLER), int((high + (2 * width + 1) * low + weighted) % _ADLER)
