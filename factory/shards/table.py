"""The table beside a shard: a row for each episode that was attempted, kept or not."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from factory.storage.parquet import read_parquet
from schemas.episodes import Scores
from schemas.errors import ShardError
from schemas.identity import episode_id
from schemas.manifests import Unit
from schemas.outcomes import Rejected
from schemas.records import Record

WRITTEN, REJECTED, QUARANTINED = "written", "rejected", "quarantined"

_SCORES = [field.name for field in dataclasses.fields(Scores)]

# Lengths in metres. `instruction` is of the whole walk; `clips`, `instructions` and `frames` are counts.
SCHEMA = pa.schema(
    [
        pa.field("index", pa.int64(), nullable=False),
        pa.field("episode_id", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("detail", pa.string()),
        *(pa.field(f"score_{name}", pa.float64()) for name in _SCORES),
        pa.field("frames", pa.int64()),
        pa.field("clips", pa.int64()),
        pa.field("instructions", pa.int64()),
        pa.field("geodesic_length", pa.float64()),
        pa.field("path_length", pa.float64()),
        pa.field("certified_clearance", pa.float64()),
        pa.field("instruction", pa.string()),
    ]
)

Row = dict[str, Any]


def written_row(record: Record) -> Row:
    """The row of an episode that is in the shard."""
    walk = [instruction.text for instruction in record.instructions if instruction.scope == "walk"]
    return {
        "index": record.index,
        "episode_id": record.episode_id,
        "outcome": WRITTEN,
        **_score_cells(record.scores),
        "frames": record.frames,
        "clips": len(record.clips),
        "instructions": len(record.instructions),
        "geodesic_length": record.geodesic_length,
        "path_length": record.path_length,
        "certified_clearance": record.certified_clearance,
        "instruction": walk[0] if walk else None,
    }


def rejected_row(unit: Unit, index: int, rejected: Rejected, scores: Scores | None) -> Row:
    """The row of an episode that was tried and not kept."""
    return {
        **_unwritten(unit, index, REJECTED),
        "reason": rejected.reason.value,
        "detail": rejected.detail,
        **(_score_cells(scores) if scores else {}),
    }


def quarantined_row(unit: Unit, index: int, why: str) -> Row:
    """The row of an episode whose making failed."""
    return {**_unwritten(unit, index, QUARANTINED), "detail": why}


def encode_table(rows: list[Row]) -> bytes:
    """Parquet bytes; equal rows give equal bytes."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), buffer, compression="zstd")
    return buffer.getvalue()


def decode_table(content: bytes, where: str) -> list[Row]:
    """The rows, every column present. Raises ShardError naming `where` for anything but such a table."""
    try:
        table = read_parquet(content)
        names = table.schema.names
        rows: list[Row] = table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ShardError(f"{where}: not a readable Parquet table ({error})") from error
    if not table.schema.equals(SCHEMA):
        raise ShardError(f"{where}: columns {names}, expected {SCHEMA.names}")
    return rows


def _unwritten(unit: Unit, index: int, outcome: str) -> Row:
    return {
        "index": index,
        "episode_id": episode_id(unit.scene.dataset, unit.scene.name, unit.storey, index),
        "outcome": outcome,
    }


def _score_cells(scores: Scores) -> Row:
    return {f"score_{name}": float(getattr(scores, name)) for name in _SCORES}
