"""What passes is hashed and counted, and comes out as it went in."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.shards.digested import CHUNK, DigestedSink, digested


def test_a_sink_hashes_and_counts_what_is_written():
    file = io.BytesIO()
    sink = DigestedSink(file)
    sink.write(b"one")
    sink.write(b"two")
    assert file.getvalue() == b"onetwo"
    assert (sink.size, sink.sha256) == (6, hashlib.sha256(b"onetwo").hexdigest())


def test_a_source_gives_what_is_asked_for_and_less_at_the_end():
    with digested(io.BytesIO(b"onetwo")) as source:
        assert (source.read(4), source.read(0), source.read(4), source.read(4)) == (b"onet", b"", b"wo", b"")
    assert (source.size, source.sha256) == (6, hashlib.sha256(b"onetwo").hexdigest())


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_reads_may_lie_across_chunks(size):
    content = bytes(range(251)) * (3 * CHUNK // 251)
    with digested(io.BytesIO(content)) as source:
        parts = [source.read(7)]
        while part := source.read(size if len(parts) < 4 else CHUNK):
            parts.append(part)
    assert b"".join(parts) == content
    assert (source.size, source.sha256) == (len(content), hashlib.sha256(content).hexdigest())


class _Trickle(io.BytesIO):
    """Gives less than it is asked for, as sockets do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


@given(st.lists(st.integers(0, 5000), max_size=8))
def test_a_slow_file_gives_full_reads(sizes):
    content = bytes(range(256)) * 40
    with digested(_Trickle(content)) as source:
        parts = [source.read(size) for size in sizes]
    at = 0
    for size, part in zip(sizes, parts, strict=True):
        assert part == content[at : at + size]
        at += len(part)


def test_a_source_left_before_its_end_is_closed():
    with digested(io.BytesIO(bytes(4 * CHUNK))) as source:
        assert source.read(10) == bytes(10)
    assert source.size == CHUNK
