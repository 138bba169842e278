"""The measured depth in a shard: its files, and what verify says of one that is of another view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.rendering.encode import encode_depth
from factory.shards.checks import check_sample
from factory.shards.codec import Sample, checksums, decode_sample, encode_sample
from schemas.episodes import CaptionedEpisode
from schemas.errors import ShardError
from schemas.recipe import Sensor
from schemas.records import frame_files, record_of
from tests.walks import THREE_EYED, scene, unit, walk

KEY = "handmade-two_rooms-s00-e000000"


def _measured() -> CaptionedEpisode:
    """A walk through three cameras, each depth measured a centimetre too far and with a hole."""
    captioned = walk(0, 3, robot=THREE_EYED)
    rendered = captioned.rendered
    depths = []
    for view in rendered.views:
        depth = np.where(view.depth > 0, view.depth + 10, 0).astype(np.uint16)
        depth[:, :4, :4] = 0
        depths.append(depth)
    further = tuple(replace(view, sensor_depth=d) for view, d in zip(rendered.further, depths[1:], strict=True))
    settings = Sensor().model_dump()
    return replace(captioned, rendered=replace(rendered, sensor_depth=depths[0], further=further, sensor=settings))


WALK = _measured()
RECORD = record_of(WALK, scene(), unit(1))
PARTS = {name.partition(".")[2]: content for name, content in encode_sample(WALK, RECORD)}
SOUND = decode_sample(KEY, PARTS, "x.tar")


def test_every_camera_has_one_more_file_a_frame_and_the_others_stay() -> None:
    plain = walk(0, 3, robot=THREE_EYED)
    before = {name.partition(".")[2]: data for name, data in encode_sample(plain, record_of(plain, scene(), unit(1)))}
    added = {f"{i:04d}.{mount}sensor_depth.png" for i in range(3) for mount in ("", "head-2.", "60cm_15deg.")}
    assert set(PARTS) == set(before) | added
    assert all(PARTS[name] == before[name] for name in before if name not in ("json", "npz"))
    assert frame_files(RECORD)[3:5] == ("sensor_depth.png", "head-2.rgb.jpg")


def test_measured_and_clean_depth_are_both_read() -> None:
    assert SOUND.record.sensor is not None
    assert SOUND.record.sensor["baseline"] == 0.05
    for mount in ("", "head-2"):
        clean, measured = SOUND.depth(1, mount), SOUND.sensor_depth(1, mount)
        both = (clean > 0) & (measured > 0)
        np.testing.assert_allclose(measured[both] - clean[both], 0.01, atol=1e-6)
        assert (measured[:4, :4] == 0).all()
    assert list(check_sample(SOUND)) == []


def test_a_sample_with_another_record_keeps_every_file_of_every_camera() -> None:
    members = SOUND.members(replace(RECORD, instructions=()))
    assert {name.partition(".")[2] for name, _ in members} == set(PARTS)
    assert all(PARTS[name.partition(".")[2]] == data for name, data in members if not name.endswith(".json"))


def test_there_is_none_where_the_record_has_no_sensor() -> None:
    plain = walk(0, 3)
    parts = {name.partition(".")[2]: data for name, data in encode_sample(plain, record_of(plain, scene(), unit(1)))}
    with pytest.raises(ShardError, match=r"0001\.sensor_depth\.png: there is none"):
        decode_sample(KEY, parts, "x.tar").sensor_depth(1)


def _with_file(name: str, content: bytes) -> Sample:
    crc = SOUND.arrays["crc32"].copy()
    crc[int(name[:4]), frame_files(RECORD).index(name[5:])] = checksums([content])[0]
    return replace(SOUND, arrays={**SOUND.arrays, "crc32": crc}, files={**SOUND.files, name: content})


def test_a_depth_of_another_view_is_named() -> None:
    name = "0001.head-2.sensor_depth.png"
    other = _with_file(name, encode_depth(np.full((32, 48), 400, np.uint16)))
    assert any(where == name and "not of this view" in text for where, text in check_sample(other))


def test_a_depth_that_cannot_be_read_or_was_changed_is_named() -> None:
    name = "0002.sensor_depth.png"
    assert any(where == name for where, _ in check_sample(_with_file(name, b"text")))
    changed = replace(SOUND, files={**SOUND.files, name: PARTS["0001.sensor_depth.png"]})
    assert any(where == name and "CRC-32" in text for where, text in check_sample(changed))


def test_views_measured_in_part_are_not_encoded() -> None:
    (first, second) = WALK.rendered.further
    part = replace(WALK, rendered=replace(WALK.rendered, further=(replace(first, sensor_depth=None), second)))
    with pytest.raises(ValueError, match="zip"):
        encode_sample(part, RECORD)
