"""Whether a finished unit is what its manifest says, to the last byte, and each record holds."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator

from factory.shards import table
from factory.shards.checks import check_sample
from factory.shards.digested import CHUNK, DigestedSource, digested
from factory.shards.reader import file_entry, file_name, read_manifest, samples
from factory.storage import Storage
from schemas.errors import NavfoundryError, ShardError
from schemas.manifests import FileEntry, Manifest, Unit
from schemas.records import Record

_REMEDY = "delete it and relaunch `generate` to make the shard again"
_MOST_PROBLEMS = 20  # of one sample; its other problems mostly follow from the first


def verify_unit(storage: Storage, unit_id: str) -> list[str]:
    """All that is wrong with a finished unit, each naming file and member; empty where it is sound.

    Files are hashed, records and arrays decoded strictly, images decoded, known points re-projected, and table,
    records and manifest compared. Damage never raises; a storage that cannot be reached does (StorageError).
    """
    name = file_name(unit_id, "json")
    if not storage.exists(name):
        return [f"{name}: there is no manifest, so the unit is not finished; relaunch `generate`"]
    try:
        manifest = read_manifest(storage, unit_id)
        tar, parquet = file_entry(manifest, "tar"), file_entry(manifest, "parquet")
    except NavfoundryError as error:
        return [str(error)]
    problems = [] if len(manifest.files) == 2 else [f"{name}: names files other than the tar and the table"]
    records: list[Record] = []
    problems += _check_tar(storage, manifest.unit, tar, records)
    problems += _check_table(storage, manifest, parquet, records)
    if (frames := sum(record.frames for record in records)) != manifest.frames:
        problems.append(f"{name}: says {manifest.frames} frames, the tar holds {frames}")
    if (fallbacks := sum(record.fallbacks for record in records)) != manifest.fallbacks:
        problems.append(f"{name}: says {manifest.fallbacks} instructions in a model's place, the tar holds {fallbacks}")
    return problems


def _check_tar(storage: Storage, unit: Unit, entry: FileEntry, records: list[Record]) -> Iterator[str]:
    """Problems of the tar; the records of the samples that can be read are appended to `records`."""
    name = file_name(unit.id, "tar")
    try:
        with storage.open(name) as file, digested(file) as stream:
            yield from _check_samples(stream, unit, name, records)
            while stream.read(CHUNK):
                pass
        _require_digest(name, entry, stream.size, stream.sha256)
    except NavfoundryError as error:
        yield str(error)


def _check_samples(stream: DigestedSource, unit: Unit, name: str, records: list[Record]) -> Iterator[str]:
    try:
        for sample in samples(stream, name):
            records.append(sample.record)
            yield from (f"{name}: {sample.key}.json: {problem}" for problem in _misplaced(sample.record, unit))
            for member, problem in itertools.islice(check_sample(sample), _MOST_PROBLEMS):
                yield f"{name}: {sample.key}.{member}: {problem}"
    except ShardError as error:
        yield str(error)


def _misplaced(record: Record, unit: Unit) -> Iterator[str]:
    expected = {
        "unit": unit.id,
        "run_seed": unit.seed,
        "scene": unit.scene,
        "scene_digest": unit.scene_digest,
        "storey": unit.storey,
    }
    for field, value in expected.items():
        if getattr(record, field) != value:
            yield f"{field}: not that of unit {unit.id}"


def _check_table(storage: Storage, manifest: Manifest, entry: FileEntry, records: list[Record]) -> Iterator[str]:
    name, unit = file_name(manifest.unit.id, "parquet"), manifest.unit
    try:
        rows = _read_rows(storage, name, entry)
    except NavfoundryError as error:
        yield str(error)
        return
    if [row["index"] for row in rows] != list(range(unit.first, unit.first + unit.count)):
        yield f"{name}: rows are not episodes {unit.first}..{unit.first + unit.count - 1}, one each"
    counted = Counter(row["outcome"] for row in rows)
    rejected = Counter(row["reason"] for row in rows if row["outcome"] == table.REJECTED)
    stated = {table.WRITTEN: manifest.written, table.QUARANTINED: manifest.quarantined}
    stated[table.REJECTED] = sum(manifest.rejected.values())
    if any(counted[outcome] != stated[outcome] for outcome in stated) or rejected != Counter(manifest.rejected):
        yield f"{name}: outcomes {dict(counted)}, {dict(rejected)} are not those of the manifest"
    written = [row for row in rows if row["outcome"] == table.WRITTEN]
    yield from (f"{name}: {problem}" for problem in _unlike(written, records))


def _read_rows(storage: Storage, name: str, entry: FileEntry) -> list[table.Row]:
    content = storage.read(name)
    # Before it is parsed: a Parquet reader is not made for damaged bytes.
    _require_digest(name, entry, len(content), hashlib.sha256(content).hexdigest())
    return table.decode_table(content, name)


def _unlike(rows: list[table.Row], records: list[Record]) -> Iterator[str]:
    """Where the table and the samples differ."""
    found = {row["episode_id"]: row for row in rows}
    held = {record.episode_id: record for record in records}
    if missing := sorted(found.keys() ^ held.keys()):
        yield f"{missing[:5]} in the table or in the tar only"
    for episode_id in sorted(found.keys() & held.keys()):
        expected = dict.fromkeys(table.SCHEMA.names) | table.written_row(held[episode_id])
        if columns := [column for column in expected if expected[column] != found[episode_id][column]]:
            yield f"{episode_id}: {', '.join(columns)} differ from the record"


def _require_digest(name: str, entry: FileEntry, size: int, sha256: str) -> None:
    if size != entry.size:
        raise ShardError(f"{name}: {size} bytes, the manifest says {entry.size}; {_REMEDY}")
    if sha256 != entry.sha256:
        raise ShardError(f"{name}: its bytes are not those that were written (SHA-256); {_REMEDY}")
