"""An episode becomes files and the files the same episode; files that are no episode are told."""

from __future__ import annotations

import contextlib
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.rendering.encode import decode_depth, encode_instance, encode_rgb
from factory.shards import codec
from factory.shards.codec import Sample, decode_arrays, decode_sample, encode_arrays, encode_sample
from schemas.arrays import AnyArray
from schemas.errors import ShardError
from schemas.records import ARRAYS, record_of
from tests.walks import CAMERA, changed, scene, unit, walk

KEY = "handmade-two_rooms-s00-e000000"
MEMBERS = encode_sample(walk(0), record_of(walk(0), scene(), unit()))
PARTS = {name.removeprefix(KEY + "."): content for name, content in MEMBERS}


def _sample(**parts: bytes | None) -> Sample:
    """The sample with parts replaced, or left out where None; '__' stands for '.'."""
    changes = {name.removeprefix("f").replace("__", "."): content for name, content in parts.items()}
    kept = {name: content for name, content in (PARTS | changes).items() if content is not None}
    return decode_sample(KEY, kept, "x.tar")


def _npz(arrays: dict[str, np.ndarray], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=True)
            archive.writestr(f"{name}.npy", content.getvalue())
    return buffer.getvalue()


def test_members_are_sorted_and_named_as_webdataset_wants():
    names = [name for name, _ in MEMBERS]
    assert names == sorted(names)
    assert names[:3] == [f"{KEY}.0000.depth.png", f"{KEY}.0000.instance.png", f"{KEY}.0000.rgb.jpg"]
    assert names[-2:] == [f"{KEY}.json", f"{KEY}.npz"]
    assert len(names) == 3 * 6 + 2
    assert {name.partition(".")[0] for name in names} == {KEY}


def test_a_sample_is_the_episode_that_was_encoded():
    sample, captioned = _sample(), walk(0)
    plan, goals = captioned.rendered.plan, captioned.pixel_goals
    assert sample.key == KEY
    assert sample.record == record_of(captioned, scene(), unit())
    for name in ("times", "positions", "yaw", "camera_to_world", "linear_speed", "angular_speed", "clearance", "room"):
        np.testing.assert_array_equal(sample.arrays[name], getattr(plan, name))
    for name in ("pixel", "frame", "visible"):
        np.testing.assert_array_equal(sample.arrays[f"goal_{name}"], getattr(goals, name))
    for i in range(plan.frames):
        np.testing.assert_array_equal(sample.instance(i), captioned.rendered.instance[i])
        np.testing.assert_allclose(sample.depth(i), captioned.rendered.depth[i] / 1000, rtol=1e-6)
        assert sample.depth(i).dtype == np.float32
        assert sample.rgb(i).shape == (CAMERA.height, CAMERA.width, 3)
        assert sample.files[f"{i:04d}.rgb.jpg"] == captioned.rendered.rgb[i]


def test_bytes_do_not_depend_on_the_hour_or_on_the_threads(monkeypatch):
    clock = time.time() + 1e6
    monkeypatch.setattr(time, "time", lambda: clock)
    monkeypatch.setattr(codec, "_ENCODERS", 5)
    assert encode_sample(walk(0), record_of(walk(0), scene(), unit())) == MEMBERS


def test_arrays_in_other_memory_layouts_give_the_same_bytes():
    arrays = _sample().arrays
    other = {name: np.asfortranarray(np.repeat(array, 2, axis=0)[::2]) for name, array in arrays.items()}
    assert encode_arrays(dict(reversed(other.items()))) == PARTS["npz"]


def test_stock_numpy_reads_the_arrays_without_pickle():
    with np.load(io.BytesIO(PARTS["npz"]), allow_pickle=False) as stock:
        assert sorted(stock.files) == sorted(ARRAYS)
        np.testing.assert_array_equal(stock["camera_to_world"], walk(0).rendered.plan.camera_to_world)


def test_the_checksums_of_the_frames_are_those_of_their_files():
    crc = _sample().arrays["crc32"]
    assert crc[2].tolist() == [zlib.crc32(PARTS[f"0002.{part}"]) for part in ("rgb.jpg", "depth.png", "instance.png")]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("yaw", np.zeros(6, np.float32), r"yaw is float32\(6,\), expected float64\(6,\)"),
        ("room", np.zeros((6, 1), np.int32), r"room is int32\(6, 1\)"),
        ("positions", np.zeros((5, 3)), "positions"),
    ],
)
def test_an_array_of_another_shape_or_kind_is_not_encoded(field, value, message):
    captioned = changed(walk(0), **{field: value})
    with pytest.raises(ValueError, match=message):
        encode_sample(captioned, record_of(walk(0), scene(), unit()))


def test_an_episode_with_too_few_images_is_not_encoded():
    captioned = walk(0)
    short = replace(captioned, rendered=replace(captioned.rendered, rgb=captioned.rendered.rgb[:-1]))
    with pytest.raises(ValueError, match="zip"):
        encode_sample(short, record_of(walk(0), scene(), unit()))


@pytest.mark.parametrize("part", ["json", "npz", "0003.depth.png", "0000.rgb.jpg"])
def test_a_missing_part_is_named(part):
    parts = {name: content for name, content in PARTS.items() if name != part}
    with pytest.raises(ShardError, match=f"^x.tar: .*{part}"):
        decode_sample(KEY, parts, "x.tar")


@pytest.mark.parametrize("part", ["0006.rgb.jpg", "0000.rgb.png", "pickle", "npy"])
def test_a_part_too_many_is_named(part):
    with pytest.raises(ShardError, match=part):
        decode_sample(KEY, PARTS | {part: b""}, "x.tar")


def test_a_record_under_another_key_is_refused():
    with pytest.raises(ShardError, match=f"other.json is the record of {KEY}"):
        decode_sample("other", PARTS, "x.tar")


def test_a_record_that_claims_a_billion_frames_costs_nothing():
    record = PARTS["json"].replace(b'"frames":6', b'"frames":1000000000')
    with pytest.raises(ShardError, match="18 images for 1000000000 frames"):
        _sample(json=record)


def test_objects_in_the_arrays_are_refused_and_never_loaded():
    arrays = dict(_sample().arrays) | {"yaw": np.array([print] * 6, dtype=object)}
    with pytest.raises(ShardError, match=r"x\.tar: .*npz: .*yaw"):
        _sample(npz=_npz(arrays))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"yaw": np.zeros(5)}, "yaw: shape"),
        ({"yaw": np.zeros(6, np.float32)}, "yaw: shape"),
        ({"yaw": np.zeros(6, ">f8")}, "yaw: shape"),
        ({"camera_to_world": np.asfortranarray(np.zeros((6, 4, 4)))}, "camera_to_world: shape"),
        ({"extra": np.zeros(6)}, "holds"),
    ],
)
def test_arrays_that_are_not_those_of_the_frames_are_refused(arrays, message):
    with pytest.raises(ShardError, match=message):
        _sample(npz=_npz(dict(_sample().arrays) | arrays))


def test_compressed_arrays_are_refused_before_they_grow():
    bomb = dict(_sample().arrays) | {"yaw": np.zeros(10_000_000)}
    with pytest.raises(ShardError, match="compressed"):
        _sample(npz=_npz(bomb, zipfile.ZIP_DEFLATED))


def test_an_array_header_that_claims_gigabytes_costs_none():
    honest = _npz(dict(_sample().arrays))
    lie = honest.replace(b"'shape': (6,), }", b"'shape': (9**9,)")
    lie = lie.replace(b"'shape': (6, 4, 4), }", b"'shape': (99999999,), }"[:21])
    assert lie != honest
    with pytest.raises(ShardError):
        _sample(npz=lie)


@settings(max_examples=300)
@given(st.integers(0, len(PARTS["npz"]) - 1), st.integers(1, 255))
def test_damaged_arrays_are_arrays_or_a_shard_error(place, change):
    broken = bytearray(PARTS["npz"])
    broken[place] ^= change
    try:
        arrays = decode_arrays(bytes(broken), ARRAYS, 6, "here")
    except ShardError as error:
        assert str(error).startswith("here: ")
        return
    assert arrays.keys() == ARRAYS.keys()


def test_an_image_of_another_size_is_refused_before_it_is_decoded():
    small = encode_instance(np.zeros((16, 24), np.uint16))
    with pytest.raises(ShardError, match="0001.instance.png: 24×16 pixels, the camera has 48×32"):
        _sample(f0001__instance__png=small).instance(1)
    with pytest.raises(ShardError, match="0001.rgb.jpg: 24×16 pixels, the camera has 48×32"):
        _sample(f0001__rgb__jpg=encode_rgb(np.zeros((16, 24, 3), np.uint8), 80)).rgb(1)
    claim = bytearray(PARTS["0001.depth.png"])
    claim[16:24] = struct.pack(">II", 100_000, 100_000)
    with pytest.raises(ShardError, match="100000×100000"):
        _sample(f0001__depth__png=bytes(claim)).depth(1)


def test_an_image_of_another_kind_is_refused():
    eight_bit = cv2.imencode(".png", np.zeros((32, 48), np.uint8))[1].tobytes()
    with pytest.raises(ShardError, match="0001.depth.png: .*expected a 16-bit grey PNG"):
        _sample(f0001__depth__png=eight_bit).depth(1)
    for part in (b"", b"text", PARTS["0001.depth.png"]):
        with pytest.raises(ShardError):
            _sample(f0001__rgb__jpg=part).rgb(1)
        with pytest.raises(ShardError):
            _sample(f0001__instance__png=part[:30]).instance(1)


@settings(max_examples=200)
@given(st.sampled_from(["rgb.jpg", "depth.png", "instance.png"]), st.integers(0, 10_000), st.integers(1, 255))
def test_damaged_images_are_images_or_a_shard_error(image, place, change):
    broken = bytearray(PARTS[f"0000.{image}"])
    broken[place % len(broken)] ^= change
    sample = decode_sample(KEY, PARTS | {f"0000.{image}": bytes(broken)}, "x.tar")
    read: dict[str, Callable[[int], AnyArray]] = {
        "rgb.jpg": sample.rgb,
        "depth.png": sample.depth,
        "instance.png": sample.instance,
    }
    with contextlib.suppress(ShardError):
        assert read[image](0).shape[:2] == (32, 48)


@pytest.mark.parametrize("frame", [-1, 6, 10_000])
def test_a_frame_that_is_not_there_is_told(frame):
    with pytest.raises(ShardError, match="frames are 0 to 5"):
        _sample().depth(frame)


def test_depth_is_had_in_another_unit_or_as_it_lies_there() -> None:
    sample = _sample()
    assert sample.depth_file(2, 0.001) is sample.files["0002.depth.png"]
    tenths = decode_depth(sample.depth_file(2, 0.0001))
    assert np.array_equal(tenths, np.minimum(10 * walk(0).rendered.depth[2].astype(int), 65535))
    with pytest.raises(ShardError, match=r"0002\.depth\.png"):
        _sample(f0002__depth__png=b"text").depth_file(2, 0.0001)
