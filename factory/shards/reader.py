"""From a storage back to samples, and which units are done."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from factory.shards.codec import Sample, decode_sample
from factory.shards.digested import digested
from factory.shards.table import Row, decode_table
from factory.shards.tar import Source, scan
from factory.storage import Storage
from schemas.errors import ShardError
from schemas.manifests import FileEntry, Manifest, decode_manifest

_FOLDER = "shards/"
_LARGEST_SAMPLE = 1 << 32
# An object store answers in tens of milliseconds, and a run has thousands of manifests.
_READERS = 32


def file_name(unit_id: str, kind: str) -> str:
    """Name in the storage of a unit's "tar", "parquet" or "json" (the manifest)."""
    return f"{_FOLDER}{unit_id}.{kind}"


def read_manifest(storage: Storage, unit_id: str) -> Manifest:
    """The manifest of a finished unit. Raises StorageError where there is none, ShardError where it is not valid."""
    name = file_name(unit_id, "json")
    manifest = decode_manifest(storage.read(name), name)
    if manifest.unit.id != unit_id:
        raise ShardError(f"{name}: is the manifest of unit {manifest.unit.id}")
    return manifest


def finished_manifest(storage: Storage, unit_id: str) -> Manifest | None:
    """The unit's manifest, or None where the unit is still to be made: a file of it is missing, or not valid."""
    files = [file_name(unit_id, kind) for kind in ("json", "tar", "parquet")]
    return _valid_manifest(storage, unit_id) if all(storage.exists(name) for name in files) else None


def finished_units(storage: Storage) -> frozenset[str]:
    """Ids of the units that are done: tar and table are there, and a valid manifest. The run's ledger."""
    present = frozenset(storage.names(_FOLDER))
    ids = (name.removeprefix(_FOLDER).removesuffix(".json") for name in present if name.endswith(".json"))
    whole = [unit_id for unit_id in ids if present.issuperset(file_name(unit_id, kind) for kind in ("tar", "parquet"))]
    with ThreadPoolExecutor(_READERS) as pool:
        manifests = pool.map(functools.partial(_valid_manifest, storage), whole)
        return frozenset(manifest.unit.id for manifest in manifests if manifest)


def read_table(storage: Storage, unit_id: str) -> list[Row]:
    """A row an attempted episode of a finished unit. Raises ShardError for a damaged table."""
    name = file_name(unit_id, "parquet")
    return decode_table(storage.read(name), name)


def read_shard(storage: Storage, unit_id: str) -> Iterator[Sample]:
    """The samples of a finished unit, one at a time.

    The tar is hashed as it is read: damage that no member shows raises ShardError at the end, so take what came
    before as checked only when the iteration has ended well. Raises StorageError for a unit that is not there.
    """
    name = file_name(unit_id, "tar")
    entry = file_entry(read_manifest(storage, unit_id), "tar")
    with storage.open(name) as file, digested(file) as stream:
        yield from samples(stream, name)
        if (stream.size, stream.sha256) != (entry.size, entry.sha256):
            raise ShardError(f"{name}: its bytes are not those that its manifest says; run `navfoundry verify`")


def file_entry(manifest: Manifest, kind: str) -> FileEntry:
    """The manifest's entry of the unit's "tar" or "parquet". Raises ShardError where it has none."""
    for entry in manifest.files:
        if entry.name == f"{manifest.unit.id}.{kind}":
            return entry
    raise ShardError(f"{file_name(manifest.unit.id, 'json')}: names no {kind} file")


def samples(file: Source, where: str) -> Iterator[Sample]:
    """The samples of a tar. Members of a key lie together, as WebDataset wants. Raises ShardError naming `where`."""
    seen: set[str] = set()
    for key, members in itertools.groupby(scan(file, where), lambda member: member[0].partition(".")[0]):
        if key in seen:
            raise ShardError(f"{where}: sample {key} comes twice, or its members lie apart")
        seen.add(key)
        yield decode_sample(key, _gather(members, where), where)


def _valid_manifest(storage: Storage, unit_id: str) -> Manifest | None:
    try:
        return read_manifest(storage, unit_id)
    except ShardError:
        return None


def _gather(members: Iterator[tuple[str, bytes]], where: str) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    total = 0
    for name, content in members:
        part = name.partition(".")[2]
        total += len(content)
        if part in parts:
            raise ShardError(f"{where}: member {name} comes twice")
        if total > _LARGEST_SAMPLE:
            raise ShardError(f"{where}: the sample of {name} is above {_LARGEST_SAMPLE} bytes")
        parts[part] = content
    return parts
