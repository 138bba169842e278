"""Records go to bytes and back, follow from the episode, and refuse what is not one."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ShardError
from schemas.outcomes import Reason
from schemas.records import ARRAYS, Record, arrays_of, decode_record, encode_record, frame_files, image_file, record_of
from tests.walks import THREE_EYED, changed, scene, unit, walk

RECORD = record_of(walk(0), scene(), unit())
DOCUMENT = json.loads(encode_record(RECORD))


def test_a_record_comes_back_equal_and_has_one_form():
    encoded = encode_record(RECORD)
    assert decode_record(encoded, "here") == RECORD
    assert encode_record(decode_record(encoded, "here")) == encoded
    assert encoded.endswith(b"}\n")


def test_a_record_says_where_the_episode_comes_from():
    plan = walk(0).rendered.plan
    assert (RECORD.episode_id, RECORD.index, RECORD.unit, RECORD.run_seed) == (plan.episode_id, 0, unit().id, 7)
    assert (RECORD.scene, RECORD.scene_digest, RECORD.storey) == (scene().ref, scene().digest, 0)
    assert RECORD.scene.licence == "CC0-1.0"
    assert RECORD.renderer == {"name": "boxes", "version": "1"}
    assert RECORD.lighting == scene().lighting


def test_its_table_holds_the_instances_of_the_masks_and_no_others():
    ids = set(np.unique(walk(0).rendered.instance).tolist()) - {0}
    assert [instance.id for instance in RECORD.instances] == sorted(ids)
    assert 1 < len(ids) < len(scene().instances)
    wardrobe = next(instance for instance in RECORD.instances if instance.label == "wardrobe")
    assert (wardrobe.category, wardrobe.room, wardrobe.high[2]) == ("cabinet", 2, 2.0)


def test_its_rooms_are_in_the_order_of_the_walk():
    assert [(room.id, room.label) for room in RECORD.rooms] == [(1, "living room"), (2, "bedroom")]
    back = changed(walk(0), room=np.array([2, 2, 0, 1, 2, 1], np.int32))
    assert [room.id for room in record_of(back, scene(), unit()).rooms] == [2, 1]


def test_an_episode_without_anything_in_view_has_an_empty_table():
    captioned = walk(0)
    blind = replace(captioned, rendered=replace(captioned.rendered, instance=np.zeros((0, 0, 0), np.uint16)))
    assert record_of(blind, scene(), unit()).instances == ()


def test_episode_scene_and_unit_must_belong_together():
    with pytest.raises(ShardError, match="another scene or storey"):
        record_of(changed(walk(0), scene_digest="00"), scene(), unit())
    with pytest.raises(ShardError, match="another scene or storey"):
        record_of(changed(walk(0), storey=1), scene(), unit())
    with pytest.raises(ShardError, match="another scene or storey"):
        record_of(walk(0), replace(scene(), digest="00"), unit())
    with pytest.raises(ShardError, match="index 3, outside the unit"):
        record_of(changed(walk(0), index=3), scene(), unit())


def test_a_mask_with_an_instance_that_the_scene_has_not_is_refused():
    captioned = walk(0)
    mask = captioned.rendered.instance.copy()
    mask[0, 0, 0] = 999
    with pytest.raises(ShardError, match="a mask has instance 999, but scene two_rooms has 16"):
        record_of(replace(captioned, rendered=replace(captioned.rendered, instance=mask)), scene(), unit())


def test_a_record_names_the_files_and_arrays_of_further_cameras():
    record = record_of(walk(robot=THREE_EYED), scene(), unit())
    assert decode_record(encode_record(record), "here") == record
    assert frame_files(RECORD) == ("rgb.jpg", "depth.png", "instance.png")
    assert arrays_of(RECORD) == ARRAYS
    assert frame_files(record)[2:5] == ("instance.png", "head-2.rgb.jpg", "head-2.depth.png")
    assert frame_files(record)[-1] == "60cm_15deg.instance.png"
    assert image_file(7, "head-2", "rgb.jpg") == "0007.head-2.rgb.jpg"
    assert image_file(12, "", "depth.png") == "0012.depth.png"
    assert arrays_of(record)["crc32"] == (np.uint32, (9,))
    assert arrays_of(record)["mount_to_world"] == (np.float64, (2, 4, 4))


def test_its_table_holds_what_any_of_the_cameras_sees():
    captioned = walk(robot=THREE_EYED)
    alone = replace(captioned, rendered=replace(captioned.rendered, further=()))
    ids, first = ({i.id for i in record_of(one, scene(), unit()).instances} for one in (captioned, alone))
    assert ids == {int(i) for view in captioned.rendered.views for i in np.unique(view.instance)} - {0}
    assert first < ids


def test_mounts_that_contradict_the_robot_are_refused():
    document = json.loads(encode_record(record_of(walk(robot=THREE_EYED), scene(), unit())))
    document["robot"]["mounts"].reverse()
    with pytest.raises(ShardError, match="here: .*is not where the first camera is"):
        decode_record(json.dumps(document).encode(), "here")


def test_numbers_that_are_none_are_not_written():
    with pytest.raises(ValueError, match="NaN"):
        encode_record(replace(RECORD, path_length=float("nan")))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("index", 1.5, r"Record\.index"),
        ("index", "0", r"Record\.index"),
        ("frames", None, r"Record\.frames"),
        ("start", [0, 0], r"Record\.start"),
        ("path_length", "4", r"Record\.path_length"),
        ("path_length", 10**400, r"Record\.path_length.*finite"),
        ("scene", [], r"Record\.scene"),
        ("lighting", "dark", r"Record\.lighting: 'dark' is none of"),
        ("clips", [{}], r"Record\.clips\[0\]"),
        ("renderer", {"name": 1}, r"Record\.renderer\.name"),
        ("camera", DOCUMENT["camera"] | {"width": 10**9}, "give 8 to 8192 pixels"),
        ("camera", DOCUMENT["camera"] | {"fx": 0}, "focal lengths must be positive"),
        ("robot", DOCUMENT["robot"] | {"body": DOCUMENT["robot"]["body"] | {"radius": -1}}, "radius"),
        ("surprise", 1, r"unknown fields \['surprise'\]"),
        ("version", 2, "record version 2, this program reads 1"),
    ],
)
def test_a_field_that_does_not_fit_is_named(field, value, message):
    with pytest.raises(ShardError, match="^here: .*" + message):
        decode_record(json.dumps(DOCUMENT | {field: value}).encode(), "here")


@pytest.mark.parametrize("field", sorted(DOCUMENT))
def test_no_field_may_be_missing(field):
    with pytest.raises(ShardError, match=field):
        decode_record(json.dumps({key: value for key, value in DOCUMENT.items() if key != field}).encode(), "here")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 200_000,
        b"9" * 10_000,
        b'{"version": NaN}',
        b'{"version": Infinity}',
    ],
)
def test_what_is_no_record_at_all_is_a_shard_error(content):
    with pytest.raises(ShardError, match="^here: not a valid record"):
        decode_record(content, "here")


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_not_read(number):
    text = json.dumps(DOCUMENT | {"path_length": "HERE"}).replace('"HERE"', number)
    with pytest.raises(ShardError):
        decode_record(text.encode(), "here")


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(DOCUMENT)), _anything)
def test_any_json_in_any_field_is_a_record_or_a_shard_error(field, value):
    try:
        record = decode_record(json.dumps(DOCUMENT | {field: value}).encode(), "here")
    except ShardError:
        return
    assert isinstance(record, Record)
    assert decode_record(encode_record(record), "here") == record


def test_the_arrays_of_a_sample_are_those_of_plan_and_goals():
    plan, goals = walk(0).rendered.plan, walk(0).pixel_goals
    for name, (dtype, shape) in ARRAYS.items():
        if name.startswith("goal_"):
            array = getattr(goals, name.removeprefix("goal_"))
        elif name == "crc32":
            continue
        else:
            array = getattr(plan, name)
        assert (array.dtype, array.shape) == (dtype, (plan.frames, *shape)), name


def test_reasons_are_words_that_go_into_tables():
    assert all(reason.value == reason.name.lower() for reason in Reason)


def test_the_page_about_shards_names_every_field_array_and_no_other():
    page = (Path(__file__).parents[2] / "docs" / "shards.md").read_text()
    tables = re.findall(r"^\| (`[^|]*) \|", page, flags=re.MULTILINE)
    named = {name for cell in tables for name in re.findall(r"`(\w+)`", cell)}
    arrays = arrays_of(record_of(walk(robot=THREE_EYED), scene(), unit()))
    fields = {field.name for field in dataclasses.fields(Record)}
    assert named == (fields - {"version"}) | set(arrays)
