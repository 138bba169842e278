"""A finished unit is sound, and after any change it is not, with the place named."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.shards import ShardWriter, read_manifest, table, tar, verify_unit
from factory.shards.codec import encode_sample
from factory.storage import Storage, open_storage
from schemas.manifests import FileEntry, Manifest, Unit, encode_manifest
from schemas.outcomes import Reason, Rejected
from schemas.records import Record, record_of
from tests.walks import changed, scene, unit, walk

UNIT = unit(3)
TAR, TABLE, MANIFEST = (f"shards/{UNIT.id}.{kind}" for kind in ("tar", "parquet", "json"))
KEY = "handmade-two_rooms-s00-e000000"


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> dict[str, bytes]:
    """The files of a finished unit: one written, one rejected, one quarantined."""
    folder = tmp_path_factory.mktemp("sound")
    storage = open_storage(str(folder / "out"))
    with ShardWriter(UNIT, folder) as writer:
        writer.write(walk(0, 3), scene())
        writer.reject(1, Rejected(Reason.TOO_SHORT, "1 m"))
        writer.quarantine(2, "killed")
        writer.commit(storage, {"navfoundry": "0.1.0"})
    return {name: storage.read(name) for name in storage.names()}


def _stored(files: dict[str, bytes]) -> Storage:
    storage = open_storage("memory://verify")
    for name in storage.names():
        storage.delete(name)
    for name, content in files.items():
        storage.write(name, content)
    return storage


def _problems(files: dict[str, bytes]) -> list[str]:
    return verify_unit(_stored(files), UNIT.id)


def _resealed(files: dict[str, bytes], **fields: Any) -> dict[str, bytes]:
    """The files with a manifest that fits them, as a forger would leave them."""
    manifest = read_manifest(_stored(files), UNIT.id)
    entries = tuple(
        FileEntry(name.removeprefix("shards/"), len(files[name]), hashlib.sha256(files[name]).hexdigest())
        for name in (TAR, TABLE)
    )
    return files | {MANIFEST: encode_manifest(replace(manifest, files=entries, **fields))}


def _with_rows(files: dict[str, bytes], change: Callable[[list[table.Row]], None]) -> dict[str, bytes]:
    rows = table.decode_table(files[TABLE], "here")
    change(rows)
    return _resealed(files | {TABLE: table.encode_table(rows)})


def _with_record(files: dict[str, bytes], **fields: Any) -> dict[str, bytes]:
    """The tar with another record, and table and manifest that fit it."""
    record: Record = replace(record_of(walk(0, 3), scene(), UNIT), **fields)
    archive = io.BytesIO()
    for name, content in encode_sample(walk(0, 3), record):
        tar.write_member(archive, name, content)
    archive.write(tar.END)
    rows = table.decode_table(files[TABLE], "here")
    rows[0] = table.written_row(record)
    return _resealed(files | {TAR: archive.getvalue(), TABLE: table.encode_table(rows)})


def test_a_finished_unit_is_sound(sound):
    assert _problems(sound) == []


@settings(max_examples=150)
@given(st.sampled_from([TAR, TABLE, MANIFEST]), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_found_and_its_file_named(sound, name, place, change):
    broken = bytearray(sound[name])
    broken[int(place * len(broken))] ^= change
    problems = _problems(sound | {name: bytes(broken)})
    assert problems
    assert any(problem.startswith(f"{name}: ") for problem in problems)


@pytest.mark.parametrize(
    ("magic", "member"),
    [
        (b"\xff\xd8\xff", "0000.rgb.jpg"),
        (b"IDAT", "0000.depth.png"),
        (b"PK\x03\x04", "npz"),
        (b'"depth_scale"', "json"),
    ],
)
def test_a_changed_byte_in_a_member_names_the_member(sound, magic, member):
    broken = bytearray(sound[TAR])
    broken[broken.index(magic) + len(magic) + 60] ^= 4
    problems = _problems(sound | {TAR: bytes(broken)})
    assert any(f"{KEY}.{member}" in problem or f"{KEY}.{member[:4]}" in problem for problem in problems)
    assert any("SHA-256" in problem for problem in problems)


@pytest.mark.parametrize("name", [TAR, TABLE, MANIFEST])
@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_cut_file_is_found_and_named(sound, name, keep):
    problems = _problems(sound | {name: sound[name][:keep]})
    assert any(problem.startswith(f"{name}: ") for problem in problems)


@pytest.mark.parametrize("name", [TAR, TABLE, MANIFEST])
def test_bytes_after_the_end_are_found(sound, name):
    assert any(problem.startswith(f"{name}: ") for problem in _problems(sound | {name: sound[name] + b"\0"}))


@pytest.mark.parametrize("name", [TAR, TABLE])
def test_a_missing_file_is_found_and_named(sound, name):
    problems = _problems({other: content for other, content in sound.items() if other != name})
    assert any(f"{name}: there is no such file" in problem for problem in problems)


def test_a_unit_without_a_manifest_is_not_finished(sound):
    (problem,) = _problems({name: content for name, content in sound.items() if name != MANIFEST})
    assert problem == f"{MANIFEST}: there is no manifest, so the unit is not finished; relaunch `generate`"


def test_the_tar_of_another_unit_is_found(sound, tmp_path):
    own = Unit(**{**UNIT.__dict__, "id": "other"})
    storage = _stored(sound)
    with ShardWriter(own, tmp_path) as writer:
        for index in (1, 2):
            writer.quarantine(index, "killed")
        writer.write(walk(0, 3), scene())
        writer.commit(storage, {})
    files = sound | {TAR: storage.read("shards/other.tar")}
    assert any("unit: not that of unit" in problem for problem in _problems(_resealed(files)))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"run_seed": 8}, f"{TAR}: {KEY}.json: run_seed: not that of unit"),
        ({"storey": 1}, f"{TAR}: {KEY}.json: storey: not that of unit"),
        ({"scene_digest": "00"}, f"{TAR}: {KEY}.json: scene_digest: not that"),
        ({"path_length": 7.0}, f"{TAR}: {KEY}.json: path_length: 7.000 m"),
        ({"instances": ()}, f"{TAR}: {KEY}.json: instances: the table and the masks differ"),
    ],
)
def test_a_forged_record_is_found_though_every_hash_fits(sound, fields, problem):
    problems = _problems(_with_record(sound, **fields))
    assert any(found.startswith(problem) for found in problems), problems


def test_a_sound_forgery_by_the_same_means_has_no_problem(sound):
    assert _problems(_with_record(sound)) == []
    assert _problems(_with_rows(sound, lambda rows: None)) == []


def _swap(rows: list[table.Row]) -> None:
    rows[0], rows[1] = rows[1], rows[0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_swap, "rows are not episodes 0..2, one each"),
        (lambda rows: rows.pop(), "rows are not episodes 0..2"),
        (lambda rows: rows[0].update(frames=4), f"{KEY}: frames differ from the record"),
        (lambda rows: rows[0].update(score_entropy=9.0), f"{KEY}: score_entropy differ"),
        (lambda rows: rows[0].update(instruction="Go."), f"{KEY}: instruction differ"),
        (lambda rows: rows[0].update(episode_id="other"), f"['{KEY}', 'other'] in the table or in the tar only"),
        (lambda rows: rows[1].update(reason="unreachable"), "{'unreachable': 1} are not those of the manifest"),
        (lambda rows: rows[2].update(outcome="rejected", reason="too_short"), "are not those of the manifest"),
        (lambda rows: rows[2].update(outcome="lost"), "are not those of the manifest"),
    ],
)
def test_a_table_that_tells_another_story_is_found(sound, change, problem):
    problems = _problems(_with_rows(sound, change))
    assert any(found.startswith(f"{TABLE}: ") and problem in found for found in problems), problems


def test_a_manifest_that_tells_another_story_is_found(sound):
    assert _problems(_resealed(sound, frames=4)) == [f"{MANIFEST}: says 4 frames, the tar holds 3"]
    told = f"{MANIFEST}: says 1 instructions in a model's place, the tar holds 0"
    assert _problems(_resealed(sound, fallbacks=1)) == [told]
    problems = _problems(_resealed(sound, written=2, quarantined=0))
    assert any("are not those of the manifest" in problem for problem in problems)


def test_a_manifest_may_name_its_two_files_only(sound):
    manifest: Manifest = read_manifest(_stored(sound), UNIT.id)
    extra = replace(manifest, files=(*manifest.files, FileEntry("../../etc/passwd", 1, "00")))
    assert _problems(sound | {MANIFEST: encode_manifest(extra)}) == [
        f"{MANIFEST}: names files other than the tar and the table"
    ]


def test_of_a_sample_with_very_many_problems_the_first_are_told(sound, tmp_path):
    captioned = walk(0, 40)
    poses = captioned.rendered.plan.camera_to_world.copy()
    poses[:, 2, 3] += 0.5
    storage = open_storage("memory://many")
    own = unit(1)
    with ShardWriter(own, tmp_path) as writer:
        writer.write(changed(captioned, camera_to_world=np.ascontiguousarray(poses)), scene())
        writer.commit(storage, {})
    assert len(verify_unit(storage, own.id)) == 20
