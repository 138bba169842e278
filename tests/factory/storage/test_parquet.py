"""Tables out of bytes, read by the thread that asks."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.storage.parquet import read_parquet

WALKS = pa.table({"frames": [3, 5, 8], "instruction": ["go", None, "gö"]})


def encoded(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def test_a_table_comes_back_whole_or_in_columns() -> None:
    assert read_parquet(encoded(WALKS)).equals(WALKS)
    assert read_parquet(encoded(WALKS), ["frames"]).equals(WALKS.select(["frames"]))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_table_are_an_arrow_error(content: bytes) -> None:
    with pytest.raises((pa.ArrowException, OSError)):
        read_parquet(content)


def test_no_thread_holds_the_bytes_when_the_interpreter_ends() -> None:
    """A thread of Arrow's that lets go of them after the end of Python aborts the process."""
    program = (
        "import sys; from factory.storage.parquet import read_parquet\n"
        "from pathlib import Path\n"
        "before = len(list(Path('/proc/self/task').iterdir()))\n"
        "read_parquet(sys.stdin.buffer.read())\n"
        "assert len(list(Path('/proc/self/task').iterdir())) == before"
    )
    run = subprocess.run([sys.executable, "-c", program], input=encoded(WALKS), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
