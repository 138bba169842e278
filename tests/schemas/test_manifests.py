"""A manifest proves a shard: its counts add up and no byte of it can change."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ShardError
from schemas.manifests import FileEntry, Manifest, Unit, decode_manifest, encode_manifest, make_unit
from schemas.scenes import SceneRef

SCENE = SceneRef("replica", "apartment_0", "apartment_0/mesh.ply", "Replica")
UNIT = make_unit(SCENE, "ab" * 32, 1, 20, 10, "recipe", 7)
MANIFEST = Manifest(
    version=1,
    unit=UNIT,
    attempted=10,
    written=6,
    rejected={"too_short": 2, "unreachable": 1},
    quarantined=1,
    frames=600,
    files=(FileEntry(f"{UNIT.id}.tar", 12345, "cd" * 32), FileEntry(f"{UNIT.id}.parquet", 99, "ef" * 32)),
    versions={"navfoundry": "0.1.0"},
)
ENCODED = encode_manifest(MANIFEST)


def test_a_manifest_comes_back_with_its_seal():
    back = decode_manifest(ENCODED, "here")
    assert replace(back, sha256="") == MANIFEST
    assert len(back.sha256) == 64
    assert encode_manifest(back) == ENCODED


def test_equal_manifests_have_equal_bytes_whatever_the_order_of_their_reasons():
    assert encode_manifest(replace(MANIFEST, rejected={"unreachable": 1, "too_short": 2})) == ENCODED


@pytest.mark.parametrize("place", range(0, len(ENCODED), 3))
def test_a_changed_byte_is_noticed(place):
    for change in (0x01, 0x20):
        broken = bytearray(ENCODED)
        broken[place] ^= change
        with pytest.raises(ShardError, match="^here: "):
            decode_manifest(bytes(broken), "here")


@pytest.mark.parametrize("length", [0, 1, len(ENCODED) // 2, len(ENCODED) - 1])
def test_a_cut_manifest_is_noticed(length):
    with pytest.raises(ShardError):
        decode_manifest(ENCODED[:length], "here")


def test_bytes_after_the_end_are_noticed():
    with pytest.raises(ShardError):
        decode_manifest(ENCODED + b" ", "here")


@given(st.binary(max_size=200))
def test_any_other_bytes_are_a_shard_error(content):
    with pytest.raises(ShardError, match="relaunch"):
        decode_manifest(content, "here")


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"null", b"[]", b'{"version": NaN}', b'{"version": 1e999}', b"1" * 5000]
)
def test_hostile_json_is_a_shard_error(content):
    with pytest.raises(ShardError):
        decode_manifest(content, "here")


@pytest.mark.parametrize("fields", [{"attempted": 9}, {"written": 7}, {"rejected": {}}, {"quarantined": 0}])
def test_counts_that_do_not_add_up_are_refused_on_both_sides(fields):
    with pytest.raises(ValueError, match="attempted"):
        encode_manifest(replace(MANIFEST, **fields))
    document = json.loads(ENCODED) | fields
    with pytest.raises(ShardError, match="attempted"):
        decode_manifest(json.dumps(document).encode(), "here")


def test_a_unit_must_be_attempted_whole():
    with pytest.raises(ValueError, match="9 attempted of 10"):
        encode_manifest(replace(MANIFEST, attempted=9, written=5))


def test_a_manifest_of_another_version_says_so():
    with pytest.raises(ShardError, match="manifest version 2, this program reads 1"):
        decode_manifest(encode_manifest(replace(MANIFEST, version=2)), "here")


def test_all_that_decides_a_units_bytes_is_in_its_id():
    units: list[Unit] = [
        UNIT,
        make_unit(replace(SCENE, source="elsewhere"), "ab" * 32, 1, 20, 10, "recipe", 7),
        make_unit(SCENE, "ac" * 32, 1, 20, 10, "recipe", 7),
        make_unit(SCENE, "ab" * 32, 2, 20, 10, "recipe", 7),
        make_unit(SCENE, "ab" * 32, 1, 30, 10, "recipe", 7),
        make_unit(SCENE, "ab" * 32, 1, 20, 11, "recipe", 7),
        make_unit(SCENE, "ab" * 32, 1, 20, 10, "other", 7),
        make_unit(SCENE, "ab" * 32, 1, 20, 10, "recipe", 8),
    ]
    assert len({unit.id for unit in units}) == len(units)
    assert make_unit(SCENE, "ab" * 32, 1, 20, 10, "recipe", 7) == UNIT
    assert UNIT.id.startswith("replica-apartment_0-s01-e000020-")
