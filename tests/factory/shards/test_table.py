"""The table has a row an attempt, one schema, one byte form."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.shards import table
from schemas.episodes import Scores
from schemas.errors import ShardError
from schemas.outcomes import Reason, Rejected
from schemas.records import record_of
from tests.walks import scene, unit, walk

SCORES = Scores(3.0, 2.5, 1.7, 0.0, 0.1, 4, 1.0)
ROWS = [
    table.written_row(record_of(walk(0), scene(), unit())),
    table.rejected_row(unit(), 1, Rejected(Reason.LOW_ENTROPY, "0.2 bits < 1.0"), SCORES),
    table.rejected_row(unit(), 2, Rejected(Reason.TOO_SHORT, "1.2 m < 2.0 m"), None),
    table.quarantined_row(unit(), 3, "the render child was killed three times"),
]


def test_a_written_episode_has_its_numbers_and_the_words_for_the_walk():
    assert ROWS[0] == {
        "index": 0, "episode_id": "handmade-two_rooms-s00-e000000", "outcome": "written",
        "score_instances": 3.0, "score_categories": 2.5, "score_entropy": 1.7, "score_unlabeled": 0.0,
        "score_near_surface": 0.1, "score_references": 4.0, "score_depth": 1.0,
        "frames": 6, "clips": 2, "instructions": 3, "geodesic_length": 2.0, "path_length": 2.0,
        "certified_clearance": 0.4, "instruction": "Walk to the wardrobe and stop.",
    }  # fmt: skip


def test_rows_come_back_with_every_column():
    back = table.decode_table(table.encode_table(ROWS), "here")
    assert back == [dict.fromkeys(table.SCHEMA.names) | row for row in ROWS]
    assert [(row["outcome"], row["reason"], row["score_entropy"]) for row in back] == [
        ("written", None, 1.7), ("rejected", "low_entropy", 1.7), ("rejected", "too_short", None),
        ("quarantined", None, None),
    ]  # fmt: skip
    assert back[2]["detail"] == "1.2 m < 2.0 m"
    assert back[3]["episode_id"] == "handmade-two_rooms-s00-e000003"


def test_equal_rows_give_equal_bytes():
    assert table.encode_table(ROWS) == table.encode_table([dict(reversed(row.items())) for row in ROWS])


def test_stock_parquet_reads_the_types():
    stock = pq.read_table(io.BytesIO(table.encode_table(ROWS)))
    assert stock.schema.field("index").type == pa.int64()
    assert stock.schema.field("score_references").type == pa.float64()
    assert stock.column("detail").null_count == 1
    assert stock.filter(pa.compute.equal(stock["outcome"], "rejected")).num_rows == 2


def test_a_table_without_rows_has_its_columns():
    assert table.decode_table(table.encode_table([]), "here") == []


@given(st.text(max_size=50))
def test_any_detail_is_kept_as_it_is(detail: str):
    row = table.quarantined_row(unit(), 0, detail)
    assert table.decode_table(table.encode_table([row]), "here")[0]["detail"] == detail


def test_a_table_with_other_columns_is_refused():
    buffer = io.BytesIO()
    pq.write_table(pa.table({"index": [1]}), buffer)
    with pytest.raises(ShardError, match=r"here: columns \['index'\]"):
        table.decode_table(buffer.getvalue(), "here")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", table.encode_table(ROWS)[:-9]])
def test_what_is_no_table_is_refused(content):
    with pytest.raises(ShardError, match="here: not a readable Parquet table"):
        table.decode_table(content, "here")
