"""A shard made of another: files byte for byte, other records; and the walk that a sample holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from factory.shards import ShardWriter, read_shard, read_table, verify_unit
from factory.storage import Storage, open_storage
from schemas.errors import ShardError
from schemas.outcomes import Reason, Rejected
from tests.walks import scene, unit, walk

UNIT = unit(3)
OTHER = replace(UNIT, id=f"{UNIT.id[:-4]}abcd")
VERSIONS = {"navfoundry": "0.1.0"}


@pytest.fixture
def storage(tmp_path) -> Storage:
    """Episode 0 written, 1 rejected, 2 quarantined."""
    storage = open_storage(str(tmp_path / "out"))
    with ShardWriter(UNIT, tmp_path / "scratch") as writer:
        writer.write(walk(0), scene())
        writer.reject(1, Rejected(Reason.TOO_SHORT, "1 m"), walk(0).scores)
        writer.quarantine(2, "killed")
        writer.commit(storage, VERSIONS)
    return storage


def test_a_copy_has_the_files_of_its_source_and_its_own_record(storage, tmp_path):
    (sample,) = read_shard(storage, UNIT.id)
    words = tuple(replace(text, text="Other words, then stop.") for text in sample.record.instructions)
    with ShardWriter(OTHER, tmp_path / "scratch") as writer:
        for row in read_table(storage, UNIT.id)[1:]:
            writer.carry(row)
        writer.copy(sample, replace(sample.record, unit=OTHER.id, instructions=words))
        manifest = writer.commit(storage, VERSIONS)
    (copied,) = read_shard(storage, OTHER.id)
    assert (copied.files, copied.packed) == (sample.files, sample.packed)
    assert copied.record.instructions == words
    assert verify_unit(storage, OTHER.id) == []
    assert (manifest.written, manifest.rejected, manifest.quarantined) == (1, {"too_short": 1}, 1)
    assert read_table(storage, OTHER.id)[1:] == read_table(storage, UNIT.id)[1:]


def test_a_record_of_another_episode_or_unit_and_a_written_row_are_refused(storage, tmp_path):
    (sample,) = read_shard(storage, UNIT.id)
    with ShardWriter(OTHER, tmp_path / "scratch") as writer:
        with pytest.raises(ShardError, match="is not of"):
            writer.copy(sample, replace(sample.record, episode_id="another"))
        with pytest.raises(ShardError, match="is of unit"):
            writer.copy(sample, sample.record)
        with pytest.raises(ShardError, match="it needs its sample"):
            writer.carry(read_table(storage, UNIT.id)[0])


def test_a_sample_gives_its_walk_again(storage):
    (sample,) = read_shard(storage, UNIT.id)
    was, now = walk(0).rendered, sample.rendered()
    np.testing.assert_array_equal(now.depth, was.depth)
    np.testing.assert_array_equal(now.instance, was.instance)
    assert now.rgb == was.rgb
    for name in ("times", "positions", "yaw", "camera_to_world", "room"):
        np.testing.assert_array_equal(getattr(now.plan, name), getattr(was.plan, name))
    assert (now.plan.episode_id, now.plan.robot, now.plan.path_length) == (
        was.plan.episode_id, was.plan.robot, was.plan.path_length,
    )  # fmt: skip
    assert now.plan.seed == UNIT.seed
