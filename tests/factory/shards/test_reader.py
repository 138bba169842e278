"""Samples are read one at a time, by us and by stock webdataset; damage is an error, never a sample."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import webdataset

from factory.shards import ShardWriter, finished_units, read_manifest, read_shard, read_table, tar
from factory.shards.codec import encode_sample
from factory.shards.reader import file_name, samples
from factory.storage import Storage, open_storage
from schemas.errors import ShardError, StorageError
from schemas.manifests import encode_manifest
from schemas.outcomes import Reason, Rejected
from schemas.records import record_of
from tests.walks import scene, unit, walk

UNIT = unit(3)
TAR = file_name(UNIT.id, "tar")


@pytest.fixture
def storage(tmp_path) -> Storage:
    """One finished unit with episodes 0 and 2."""
    storage = open_storage(str(tmp_path / "out"))
    with ShardWriter(UNIT, tmp_path / "scratch") as writer:
        writer.write(walk(0), scene())
        writer.reject(1, Rejected(Reason.TOO_SHORT, "1 m"))
        writer.write(walk(2), scene())
        writer.commit(storage, {})
    return storage


def _members(index: int) -> list[tuple[str, bytes]]:
    return encode_sample(walk(index), record_of(walk(index), scene(), UNIT))


def _scan(members: list[tuple[str, bytes]]) -> list[str]:
    buffer = io.BytesIO()
    for name, content in members:
        tar.write_member(buffer, name, content)
    buffer.write(tar.END)
    buffer.seek(0)
    return [sample.key for sample in samples(buffer, "x.tar")]


def test_samples_come_in_order_and_whole(storage):
    read = list(read_shard(storage, UNIT.id))
    assert [sample.record.index for sample in read] == [0, 2]
    for sample in read:
        np.testing.assert_array_equal(sample.instance(5), walk(sample.record.index).rendered.instance[5])


def test_stock_webdataset_gives_every_member(storage):
    dataset = webdataset.WebDataset(f"{storage.root}/{TAR}", shardshuffle=False)
    read = list(dataset)
    assert [sample["__key__"] for sample in read] == [f"handmade-two_rooms-s00-e00000{i}" for i in (0, 2)]
    for sample, index in zip(read, (0, 2), strict=True):
        members = {name.partition(".")[2]: content for name, content in _members(index)}
        assert {name: content for name, content in sample.items() if not name.startswith("__")} == members
        assert json.loads(sample["json"])["index"] == index


def test_stock_webdataset_decodes_colour_and_record(storage):
    dataset = webdataset.WebDataset(f"{storage.root}/{TAR}", shardshuffle=False).decode("rgb8")
    first = next(iter(dataset))
    np.testing.assert_array_equal(first["0000.rgb.jpg"].shape, (32, 48, 3))
    assert first["json"]["scene"]["name"] == "two_rooms"
    assert first["npz"]["yaw"].shape == (6,)
    depth = cv2.imdecode(np.frombuffer(_members(0)[0][1], np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(depth, walk(0).rendered.depth[0])


def test_a_unit_that_is_not_there_is_told(storage):
    with pytest.raises(StorageError, match="no such file"):
        next(read_shard(storage, "nothing"))
    with pytest.raises(StorageError, match="is not a name"):
        read_manifest(storage, "../../etc/passwd")


def test_a_manifest_under_another_name_is_refused(storage):
    storage.write("shards/other.json", storage.read(file_name(UNIT.id, "json")))
    with pytest.raises(ShardError, match=f"is the manifest of unit {UNIT.id}"):
        read_manifest(storage, "other")
    assert finished_units(storage) == {UNIT.id}


def test_a_manifest_that_names_no_tar_is_refused(storage):
    manifest = replace(read_manifest(storage, UNIT.id), files=())
    storage.write(file_name(UNIT.id, "json"), encode_manifest(manifest))
    with pytest.raises(ShardError, match="names no tar file"):
        next(read_shard(storage, UNIT.id))


def test_units_are_finished_with_a_valid_manifest_and_their_files(storage):
    assert finished_units(storage) == {UNIT.id}
    storage.write("shards/unfinished.tar", b"")
    storage.write("shards/damaged.json", b"{}")
    assert finished_units(storage) == {UNIT.id}
    storage.delete(file_name(UNIT.id, "parquet"))
    assert finished_units(storage) == frozenset()
    assert finished_units(open_storage("memory://empty")) == frozenset()


def test_a_changed_pixel_shows_at_the_end_of_reading(storage):
    content = bytearray(storage.read(TAR))
    place = content.index(b"\xff\xd8\xff") + 300
    content[place] ^= 1
    storage.write(TAR, bytes(content))
    reading = read_shard(storage, UNIT.id)
    assert next(reading).record.index == 0
    with pytest.raises(ShardError, match="not those that its manifest says"):
        list(reading)


def test_a_longer_or_shorter_tar_is_refused(storage):
    content = storage.read(TAR)
    for changed in (content + bytes(512), content[:-512], b"", content[:512]):
        storage.write(TAR, changed)
        with pytest.raises(ShardError):
            list(read_shard(storage, UNIT.id))


def test_members_of_a_sample_lie_together():
    first, second = _members(0), _members(2)
    assert _scan([*first, *second]) == [first[0][0].partition(".")[0], second[0][0].partition(".")[0]]
    with pytest.raises(ShardError, match="comes twice, or its members lie apart"):
        _scan([*first, *second, *first])
    with pytest.raises(ShardError, match="is missing|images for"):
        _scan([*first[:5], *second, *first[5:]])


def test_a_member_comes_once():
    first = _members(0)
    with pytest.raises(ShardError, match=r"0000\.depth\.png comes twice"):
        _scan([first[0], *first])


def test_a_sample_has_a_largest_size(monkeypatch):
    monkeypatch.setattr("factory.shards.reader._LARGEST_SAMPLE", 10_000)
    with pytest.raises(ShardError, match="is above 10000 bytes"):
        _scan(_members(0))


@pytest.mark.parametrize("name", ["pickle", "x.pkl", "handmade.json"])
def test_strange_members_are_refused(name):
    with pytest.raises(ShardError, match="is missing"):
        _scan([(name, b"")])


def test_the_table_has_a_row_an_attempt(storage):
    rows = read_table(storage, UNIT.id)
    assert [(row["index"], row["outcome"], row["reason"]) for row in rows] == [
        (0, "written", None), (1, "rejected", "too_short"), (2, "written", None),
    ]  # fmt: skip
    storage.write(file_name(UNIT.id, "parquet"), b"PAR1")
    with pytest.raises(ShardError, match=r"\.parquet: not a readable Parquet table"):
        read_table(storage, UNIT.id)
