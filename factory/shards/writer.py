"""A unit's shard from its first episode to its manifest."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from factory.shards import table, tar
from factory.shards.codec import Sample, encode_sample
from factory.shards.digested import DigestedSink
from factory.shards.reader import file_name, finished_manifest
from factory.storage import Storage
from schemas.episodes import CaptionedEpisode, Scores
from schemas.errors import ShardError, StorageError
from schemas.manifests import MANIFEST_VERSION, FileEntry, Manifest, Unit, decode_manifest, encode_manifest
from schemas.outcomes import Rejected
from schemas.records import Record, record_of
from schemas.scenes import Scene

# Headers and small members go to the file in one write.
BUFFER_BYTES = 1 << 20


class ShardWriter:
    """Takes the outcome of each of a unit's episodes, then commits tar, table and manifest.

    Episodes are written in rising order of index; rejected and quarantined ones come at any time. The tar grows in
    the folder `scratch`, and nothing is in the storage before `commit`. Closing, or the end of a `with` block,
    removes the scratch file. Raises StorageError where the folder cannot be written.
    """

    def __init__(self, unit: Unit, scratch: Path) -> None:
        self._unit = unit
        self._scratch = scratch
        self._rows: dict[int, table.Row] = {}
        self._last = -1
        self._fallbacks = 0
        try:
            scratch.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115
                dir=scratch, prefix=f"{unit.id}.", suffix=".tar", buffering=BUFFER_BYTES
            )
        except OSError as error:
            raise self._scratch_error(error) from error
        self._tar = DigestedSink(self._file)

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove the scratch file; what was not committed is lost."""
        with contextlib.suppress(OSError):  # a full disk refuses the last flush, too
            self._file.close()

    def write(self, captioned: CaptionedEpisode, scene: Scene) -> None:
        """Add an episode to the shard. Raises ShardError where it does not belong there, or comes out of order.

        An error while the tar is written closes the writer: half a sample must not be committed.
        """
        self.append(captioned, record_of(captioned, scene, self._unit))

    def append(self, captioned: CaptionedEpisode, record: Record) -> None:
        """Like `write`, for an episode from elsewhere, whose record follows from no scene."""
        self._put(record, encode_sample(captioned, record))

    def copy(self, sample: Sample, record: Record) -> None:
        """Like `append`, for a sample of another shard: all its files byte for byte, and another record."""
        if record.episode_id != sample.key:
            raise ShardError(f"unit {self._unit.id}: the record of {record.episode_id} is not of {sample.key}")
        self._put(record, sample.members(record))

    def carry(self, row: table.Row) -> None:
        """Note an episode that another shard of the same episodes had rejected or quarantined, as its table has it."""
        if row["outcome"] == table.WRITTEN:
            raise ShardError(f"unit {self._unit.id}: episode {row['index']} was written; it needs its sample")
        self._add(row["index"], row)

    def _put(self, record: Record, members: Sequence[tuple[str, bytes]]) -> None:
        if record.unit != self._unit.id:
            raise ShardError(f"unit {self._unit.id}: the record of {record.episode_id} is of unit {record.unit}")
        if record.index <= self._last:
            raise ShardError(f"unit {self._unit.id}: episode {record.index} written after {self._last}")
        self._add(record.index, table.written_row(record))
        self._last = record.index
        self._fallbacks += record.fallbacks
        try:
            for name, content in members:
                tar.write_member(self._tar, name, content)
        except OSError as error:
            self.close()
            raise self._scratch_error(error) from error
        except ShardError:
            self.close()
            raise

    def reject(self, index: int, rejected: Rejected, scores: Scores | None = None) -> None:
        """Note an episode that was tried and not kept, with its scores where it got that far."""
        self._add(index, table.rejected_row(self._unit, index, rejected, scores))

    def quarantine(self, index: int, why: str) -> None:
        """Note an episode whose making failed."""
        self._add(index, table.quarantined_row(self._unit, index, why))

    def commit(self, storage: Storage, versions: dict[str, str]) -> Manifest:
        """Put tar, table and, last, manifest into the storage, and close; the manifest.

        A unit that another worker has committed meanwhile stays as it is. Raises ShardError where an episode of the
        unit has no outcome, StorageError where the storage cannot take the shard.
        """
        rows = [self._rows[index] for index in sorted(self._rows)]
        content = table.encode_table(rows)
        self._finish_tar()
        tar_name, table_name = file_name(self._unit.id, "tar"), file_name(self._unit.id, "parquet")
        files = (
            FileEntry(Path(tar_name).name, self._tar.size, self._tar.sha256),
            FileEntry(Path(table_name).name, len(content), hashlib.sha256(content).hexdigest()),
        )
        sealed = self._seal(rows, files, versions)
        finished = finished_manifest(storage, self._unit.id)
        if finished is None:
            storage.upload(Path(self._file.name), tar_name)
            storage.write(table_name, content)
            storage.write(file_name(self._unit.id, "json"), sealed)
        self.close()
        return finished or decode_manifest(sealed, self._unit.id)

    def _add(self, index: int, row: table.Row) -> None:
        if not self._unit.first <= index < self._unit.first + self._unit.count:
            raise ShardError(f"unit {self._unit.id}: episode {index} is outside the unit")
        if index in self._rows:
            raise ShardError(f"unit {self._unit.id}: episode {index} has an outcome already")
        self._rows[index] = row

    def _finish_tar(self) -> None:
        try:
            self._tar.write(tar.END)
            self._file.flush()
        except OSError as error:
            raise self._scratch_error(error) from error

    def _seal(self, rows: list[table.Row], files: tuple[FileEntry, ...], versions: dict[str, str]) -> bytes:
        outcomes = Counter(row["outcome"] for row in rows)
        manifest = Manifest(
            version=MANIFEST_VERSION,
            unit=self._unit,
            attempted=len(rows),
            written=outcomes[table.WRITTEN],
            rejected=dict(sorted(Counter(row["reason"] for row in rows if row["outcome"] == table.REJECTED).items())),
            quarantined=outcomes[table.QUARANTINED],
            frames=sum(row["frames"] for row in rows if row["outcome"] == table.WRITTEN),
            files=files,
            versions=versions,
            fallbacks=self._fallbacks,
        )
        try:
            return encode_manifest(manifest)
        except ValueError as error:
            raise ShardError(str(error)) from error

    def _scratch_error(self, error: OSError) -> StorageError:
        return StorageError(
            f"unit {self._unit.id}: cannot write to the scratch folder {self._scratch} ({error.strerror}); "
            "free some space there or set TMPDIR to another disk, and relaunch the same command"
        )
