"""Parquet tables out of bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq


def read_parquet(content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table, or some of its columns. Raises pa.ArrowException or OSError for bytes that are none.

    Read in this thread alone: what `pq.read_table` starts lets go of `content` in a thread of Arrow's, now and then
    after the interpreter has ended, which aborts the process.
    """
    return pq.ParquetFile(pa.BufferReader(content)).read(columns=columns, use_threads=False)
