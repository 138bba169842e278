"""One unit makes one shard: the same bytes every time, all of it or none of it."""

from __future__ import annotations

import errno
import multiprocessing
import os
import subprocess
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from factory.shards import ShardWriter, finished_units, read_manifest, read_shard, table, verify_unit
from factory.storage import Storage, open_storage
from schemas.errors import ShardError, StorageError
from schemas.manifests import Manifest, make_unit
from schemas.outcomes import Reason, Rejected
from schemas.records import record_of
from tests.walks import changed, scene, unit, walk

UNIT = unit(5)
SHORT = Rejected(Reason.TOO_SHORT, "1.2 m < 2.0 m")
VERSIONS = {"navfoundry": "0.1.0"}


def _make(storage: Storage, scratch: Path, pause: Callable[[], None] = lambda: None) -> Manifest:
    """Episodes 0 and 3 written, 1 and 4 rejected, 2 quarantined."""
    with ShardWriter(UNIT, scratch) as writer:
        writer.reject(4, Rejected(Reason.LOW_ENTROPY, "0.2"), walk(0).scores)
        writer.write(walk(0), scene())
        pause()
        writer.quarantine(2, "the render child was killed")
        writer.write(walk(3), scene())
        writer.reject(1, SHORT)
        pause()
        return writer.commit(storage, VERSIONS)


def _bytes(storage: Storage) -> dict[str, bytes]:
    return {name: storage.read(name) for name in storage.names()}


@pytest.fixture
def storage(tmp_path) -> Storage:
    return open_storage(str(tmp_path / "out"))


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("expected")
    storage = open_storage(str(folder / "out"))
    _make(storage, folder / "scratch")
    return _bytes(storage)


def test_a_shard_is_a_tar_a_table_and_a_manifest(storage, tmp_path):
    manifest = _make(storage, tmp_path / "scratch")
    assert storage.names() == [f"shards/{UNIT.id}.{kind}" for kind in ("json", "parquet", "tar")]
    assert [sample.key[-1] for sample in read_shard(storage, UNIT.id)] == ["0", "3"]
    assert verify_unit(storage, UNIT.id) == []
    assert read_manifest(storage, UNIT.id) == manifest
    assert [storage.size(f"shards/{entry.name}") for entry in manifest.files] == [f.size for f in manifest.files]


def test_every_attempt_is_counted_once(storage, tmp_path):
    manifest = _make(storage, tmp_path / "scratch")
    assert (manifest.attempted, manifest.written, manifest.quarantined, manifest.frames) == (5, 2, 1, 12)
    assert manifest.rejected == {"low_entropy": 1, "too_short": 1}
    rows = table.decode_table(storage.read(f"shards/{UNIT.id}.parquet"), "here")
    assert [(row["index"], row["outcome"]) for row in rows] == [
        (0, "written"), (1, "rejected"), (2, "quarantined"), (3, "written"), (4, "rejected"),
    ]  # fmt: skip
    assert rows[4]["score_entropy"] == walk(0).scores.entropy


def test_the_scratch_folder_is_empty_afterwards(storage, tmp_path):
    _make(storage, tmp_path / "scratch")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_writer_left_with_an_error_leaves_nothing(storage, tmp_path):
    with pytest.raises(RuntimeError), ShardWriter(UNIT, tmp_path / "scratch") as writer:
        writer.write(walk(0), scene())
        assert len(list((tmp_path / "scratch").iterdir())) == 1
        raise RuntimeError
    assert list((tmp_path / "scratch").iterdir()) == []
    assert storage.names() == []


def test_a_unit_without_any_episode_kept_is_a_shard_too(storage, tmp_path):
    with ShardWriter(UNIT, tmp_path) as writer:
        for index in range(5):
            writer.reject(index, SHORT)
        manifest = writer.commit(storage, VERSIONS)
    assert (manifest.written, manifest.rejected) == (0, {"too_short": 5})
    assert list(read_shard(storage, UNIT.id)) == []
    assert verify_unit(storage, UNIT.id) == []


def test_bytes_are_the_same_in_any_store(expected, tmp_path):
    memory = open_storage(f"memory://{tmp_path.name}")
    _make(memory, tmp_path)
    assert _bytes(memory) == expected
    assert verify_unit(memory, UNIT.id) == []


def test_two_writers_at_once_in_one_place_give_the_same_bytes_as_one(expected, storage, tmp_path):
    barrier, problems = threading.Barrier(4), []

    def make(i: int) -> None:
        try:
            barrier.wait()
            _make(storage, tmp_path / "scratch", lambda: time.sleep(0.01 * (i % 2)))
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=make, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert _bytes(storage) == expected


def test_a_unit_that_is_finished_already_is_left_as_it_is(storage, tmp_path):
    first = _make(storage, tmp_path / "scratch")
    with ShardWriter(UNIT, tmp_path / "scratch") as writer:
        for index in range(5):
            writer.reject(index, SHORT)
        assert writer.commit(storage, {"navfoundry": "another"}) == first
    assert verify_unit(storage, UNIT.id) == []


def test_a_unit_with_a_damaged_manifest_is_made_again(expected, storage, tmp_path):
    _make(storage, tmp_path / "scratch")
    storage.write(f"shards/{UNIT.id}.json", b"{}")
    storage.write(f"shards/{UNIT.id}.tar", b"")
    assert finished_units(storage) == frozenset()
    _make(storage, tmp_path / "scratch")
    assert _bytes(storage) == expected


@pytest.mark.parametrize("lost", ["tar", "parquet", "json"])
def test_a_unit_that_lost_a_file_is_made_again(lost, expected, storage, tmp_path):
    _make(storage, tmp_path / "scratch")
    storage.delete(f"shards/{UNIT.id}.{lost}")
    assert finished_units(storage) == frozenset()
    _make(storage, tmp_path / "scratch")
    assert _bytes(storage) == expected
    assert finished_units(storage) == {UNIT.id}


@pytest.mark.parametrize("broken", ["tar", "parquet", "json"])
def test_a_store_that_fails_on_any_file_leaves_no_finished_shard(broken, tmp_path, monkeypatch):
    storage = open_storage(f"memory://{tmp_path.name}")
    for action in ("pipe_file", "put_file"):
        real = getattr(storage.fs, action)

        def fail(source: object, target: object, real: Callable[..., None] = real, **options: object) -> None:
            if broken in f"{source} {target}".rpartition("shards/")[2]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(source, target, **options)

        monkeypatch.setattr(storage.fs, action, fail)
    with pytest.raises(StorageError, match=f"{broken}: the disk is full"):
        _make(storage, tmp_path / "scratch")
    assert finished_units(storage) == frozenset()
    assert f"shards/{UNIT.id}.json" not in storage.names()


def _make_for_ever(root: str, scratch: Path, ready: Connection) -> None:
    storage = open_storage(root)
    ready.send("ready")
    while True:
        _make(storage, scratch)
        storage.delete(f"shards/{UNIT.id}.json")


def test_a_writer_killed_at_any_moment_leaves_a_sound_shard_or_none(expected, storage, tmp_path):
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.factory.shards.test_writer"])
    killed_unfinished = 0
    for moment in np.random.default_rng(5).uniform(0, 0.15, 10):
        here, there = processes.Pipe()
        child = processes.Process(target=_make_for_ever, args=(storage.root, tmp_path / "scratch", there))
        child.start()
        here.recv()
        time.sleep(moment)
        child.kill()
        child.join()
        if UNIT.id in finished_units(storage):
            assert verify_unit(storage, UNIT.id) == []
        else:
            killed_unfinished += 1
    assert killed_unfinished
    storage.sweep()
    _make(storage, tmp_path / "again")
    assert _bytes(storage) == expected
    assert len(list((tmp_path / "out" / "shards").iterdir())) == 3


def test_a_full_scratch_disk_is_told(storage, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tiny = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(scratch)]
    if subprocess.run(tiny, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(StorageError, match=f"unit {UNIT.id}: cannot write to the scratch folder {scratch}.*space"):
            _make(storage, scratch)
        assert list(scratch.iterdir()) == []
    finally:
        subprocess.run(["umount", str(scratch)], check=True)
    assert storage.names() == []


def test_a_scratch_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="scratch"):
        ShardWriter(UNIT, tmp_path / "file" / "scratch")


def test_episodes_come_once_in_order_and_from_this_unit(tmp_path):
    with ShardWriter(UNIT, tmp_path) as writer:
        writer.write(walk(3), scene())
        with pytest.raises(ShardError, match="episode 0 written after 3"):
            writer.write(walk(0), scene())
        with pytest.raises(ShardError, match="episode 3 has an outcome already"):
            writer.reject(3, SHORT)
        with pytest.raises(ShardError, match="episode 5 is outside the unit"):
            writer.quarantine(5, "why")
        with pytest.raises(ShardError, match="another scene or storey"):
            writer.write(changed(walk(4), storey=2), scene())


def test_a_refused_episode_leaves_the_shard_as_it_was(expected, storage, tmp_path):
    def refuse() -> None:
        with pytest.raises(ShardError):
            writer.write(changed(walk(4), storey=2), scene())

    with ShardWriter(UNIT, tmp_path) as writer:
        writer.write(walk(0), scene())
        refuse()
        writer.quarantine(2, "the render child was killed")
        writer.write(walk(3), scene())
        refuse()
        writer.reject(1, SHORT)
        writer.reject(4, Rejected(Reason.LOW_ENTROPY, "0.2"), walk(0).scores)
        writer.commit(storage, VERSIONS)
    assert _bytes(storage) == expected


def test_an_episode_without_an_outcome_is_not_committed(storage, tmp_path):
    with ShardWriter(UNIT, tmp_path) as writer:
        writer.write(walk(0), scene())
        with pytest.raises(ShardError, match="1 attempted of 5"):
            writer.commit(storage, VERSIONS)
    assert storage.names() == []


def test_a_shard_with_half_a_sample_is_not_committed(storage, tmp_path):
    captioned = changed(walk(0), episode_id="e" * 90)
    plan = captioned.rendered.plan
    own = make_unit(plan.scene, plan.scene_digest, 0, 0, 1, "recipe", 7)
    with ShardWriter(own, tmp_path / "scratch") as writer:
        with pytest.raises(ShardError, match="a name has 1 to 100"):
            writer.write(captioned, scene())
        with pytest.raises(ValueError, match="closed file"):
            writer.commit(storage, VERSIONS)
    assert storage.names() == []


def test_a_record_of_another_unit_is_not_appended(tmp_path):
    record = record_of(walk(0), scene(), unit())
    with ShardWriter(unit(count=2), tmp_path) as writer, pytest.raises(ShardError, match="is of unit"):
        writer.append(walk(0), record)
