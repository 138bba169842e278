"""Samples of a robot with several cameras: round trip, stock reading, and damage to what a further camera saw."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import webdataset as wds
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.rendering.encode import encode_depth, encode_instance
from factory.shards import ShardWriter, read_shard, verify_unit
from factory.shards.checks import check_sample
from factory.shards.codec import Sample, checksums, decode_sample, encode_sample
from factory.storage import open_storage
from schemas.errors import ShardError
from schemas.records import frame_files, record_of
from tests.walks import THREE_EYED, scene, unit, walk

KEY = "handmade-two_rooms-s00-e000000"
WALK = walk(0, 3, robot=THREE_EYED)
PARTS = {name.partition(".")[2]: content for name, content in encode_sample(WALK, record_of(WALK, scene(), unit(1)))}
SOUND = decode_sample(KEY, PARTS, "x.tar")


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """Storage and path of the tar of a finished unit."""
    folder = tmp_path_factory.mktemp("mounts")
    storage = open_storage(str(folder / "out"))
    with ShardWriter(unit(1), folder) as writer:
        writer.write(WALK, scene())
        writer.commit(storage, {})
    return storage, folder / "out" / "shards" / f"{unit(1).id}.tar"


def test_the_first_camera_keeps_the_names_and_bytes_of_one_that_is_alone():
    robot = replace(THREE_EYED, mounts=())
    alone = walk(0, 3, robot=robot)
    members = {name.partition(".")[2]: data for name, data in encode_sample(alone, record_of(alone, scene(), unit(1)))}
    assert set(members) < set(PARTS)
    frames = [name for name in members if name not in ("json", "npz")]
    assert {name: PARTS[name] for name in frames} == {name: members[name] for name in frames}
    assert len(PARTS) == 2 + 3 * 9


@pytest.mark.parametrize("number", range(3))
def test_each_camera_is_read_by_the_name_of_its_mount(number):
    mount, view = THREE_EYED.mounts[number].name, WALK.rendered.views[number]
    np.testing.assert_array_equal(SOUND.poses(mount), WALK.rendered.plan.views[number])
    for frame in range(3):
        np.testing.assert_array_equal(SOUND.instance(frame, mount), view.instance[frame])
        np.testing.assert_allclose(SOUND.depth(frame, mount), view.depth[frame] / 1000, rtol=1e-6)
        assert SOUND.rgb(frame, mount).shape == (32, 48, 3)
    np.testing.assert_array_equal(SOUND.depth(1), SOUND.depth(1, "mast"))


def test_a_mount_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ShardError, match="no camera is on a mount 'tail'; there are \\['mast', 'head-2', '60cm_15deg'"):
        SOUND.depth(0, "tail")


def test_stock_webdataset_keeps_all_cameras_in_one_sample(shard):
    (sample,) = wds.WebDataset([str(shard[1])], shardshuffle=False, empty_check=False)
    assert sample["__key__"] == KEY
    assert set(PARTS) == {name for name in sample if not name.startswith("__")}
    assert sample["0002.head-2.depth.png"] == PARTS["0002.head-2.depth.png"]


def test_verify_finds_it_sound(shard):
    assert verify_unit(shard[0], unit(1).id) == []
    assert list(check_sample(SOUND)) == []


def test_a_changed_byte_of_a_further_camera_is_found_and_named(shard):
    storage, path = shard
    content = path.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        places = {member.name.partition(".")[2]: (member.offset_data, member.size) for member in tar}
    for name in ("0000.head-2.rgb.jpg", "0001.60cm_15deg.depth.png", "0002.head-2.instance.png"):
        start, size = places[name]
        broken = bytearray(content)
        broken[start + size // 2] ^= 1
        path.write_bytes(bytes(broken))
        problems = verify_unit(storage, unit(1).id)
        path.write_bytes(content)
        assert any(f"{KEY}.{name}: bytes differ" in problem for problem in problems), problems
        assert any("SHA-256" in problem for problem in problems)


def _with_file(name: str, content: bytes) -> Sample:
    """The sample with another file and the checksum that belongs to it."""
    crc = SOUND.arrays["crc32"].copy()
    crc[int(name[:4]), frame_files(SOUND.record).index(name[5:])] = checksums([content])[0]
    return replace(SOUND, arrays={**SOUND.arrays, "crc32": crc}, files={**SOUND.files, name: content})


@pytest.mark.parametrize(
    ("sample", "member", "problem"),
    [
        (
            _with_file("0001.head-2.depth.png", encode_depth(np.full((32, 48), 700, np.uint16))),
            "0001.head-2.instance.png",
            "outside the box",
        ),
        (
            _with_file("0001.60cm_15deg.instance.png", encode_instance(np.zeros((8, 8), np.uint16))),
            "0001.60cm_15deg.instance.png",
            "8×8 pixels",
        ),
        (_with_file("0002.head-2.rgb.jpg", b"text"), "0002.head-2.rgb.jpg", "not a JPEG"),
    ],
)
def test_a_view_that_does_not_fit_is_named(sample, member, problem):
    assert any(where == member and problem in text for where, text in check_sample(sample))


def test_a_pose_off_its_mount_is_named():
    poses = SOUND.arrays["mount_to_world"].copy()
    poses[1, 1, 2, 3] += 0.01
    problems = [text for _, text in check_sample(replace(SOUND, arrays={**SOUND.arrays, "mount_to_world": poses}))]
    assert any("mount_to_world: frame 1 does not follow" in text for text in problems)


@pytest.mark.parametrize("part", ["0000.head-2.depth.png", "0002.60cm_15deg.rgb.jpg"])
def test_a_missing_view_is_named(part):
    with pytest.raises(ShardError, match=part):
        decode_sample(KEY, {name: data for name, data in PARTS.items() if name != part}, "x.tar")


def test_a_record_without_its_mounts_does_not_fit_the_files():
    record = json.loads(PARTS["json"])
    del record["robot"]["mounts"]
    with pytest.raises(ShardError, match="27 images for 3 frames"):
        decode_sample(KEY, PARTS | {"json": json.dumps(record).encode()}, "x.tar")


@settings(max_examples=60)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_any_changed_byte_of_any_member_is_a_problem_or_a_shard_error(place, change):
    names = sorted(PARTS)
    name = names[int(place * len(names))]
    broken = bytearray(PARTS[name])
    broken[int(hashlib.sha256(f"{place}".encode()).hexdigest(), 16) % len(broken)] ^= change
    try:
        sample = decode_sample(KEY, PARTS | {name: bytes(broken)}, "x.tar")
    except ShardError:
        return
    assert name in ("json", "npz") or list(check_sample(sample)) != []


def test_shards_come_back_with_all_cameras(shard):
    (sample,) = read_shard(shard[0], unit(1).id)
    assert sample.record.robot == THREE_EYED
    assert sample.files.keys() == SOUND.files.keys()
