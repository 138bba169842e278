"""One scene folder: images written while the next episode is read, counted, and never lost silently."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from factory.rendering.encode import decode_depth, encode_depth
from factory.shards import Sample
from factory.shards.codec import decode_sample, encode_sample
from pipelines import internnav_dialect as dialect
from pipelines.internnav_folder import SceneFolder
from schemas.arrays import UInt16
from schemas.errors import ShardError
from schemas.records import record_of
from tests import exports, walks


def sample(index: int) -> Sample:
    captioned = exports.episode(index)
    members = encode_sample(captioned, record_of(captioned, walks.scene(), walks.unit()))
    return decode_sample(
        captioned.rendered.plan.episode_id, {name.partition(".")[2]: data for name, data in members}, "test"
    )


def with_depth(of: Sample, frame: int, depth: UInt16) -> Sample:
    return replace(of, files={**of.files, f"{frame:04d}.depth.png": encode_depth(depth)})


def test_all_images_are_there_and_counted_when_the_folder_is_closed(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as writers:
        folder = SceneFolder(tmp_path / "scene", 3, writers)
        for index in range(3):
            folder.add(sample(index))
        folder.close(b"cloud")
    written = [path for path in (tmp_path / "scene").rglob("*") if path.is_file()]
    assert sum(path.suffix == ".png" for path in written) == folder.frames == 3 * exports.FRAMES
    assert folder.bytes == sum(path.stat().st_size for path in written)


def test_depth_is_ten_times_the_millimetres_up_to_what_the_dialect_can_say(tmp_path: Path) -> None:
    millimetres = np.zeros((32, 48), np.uint16)
    millimetres[0, :5] = [0, 1, 6553, 6554, 65535]
    with ThreadPoolExecutor(2) as writers:
        folder = SceneFolder(tmp_path, 3, writers)
        folder.add(with_depth(sample(0), 7, millimetres))
        folder.close(b"")
    found = decode_depth((tmp_path / dialect.DEPTH / "episode_000000_007.png").read_bytes())
    assert found[0, :6].tolist() == [0, 10, 65530, 65535, 65535, 0]


def test_a_damaged_image_stops_the_next_episode_or_the_closing(tmp_path: Path) -> None:
    good = sample(0)
    damaged = replace(good, files={**good.files, "0007.depth.png": good.files["0007.depth.png"][:60]})
    with ThreadPoolExecutor(2) as writers:
        for last in (True, False):
            folder = SceneFolder(tmp_path / str(last), 3, writers)
            folder.add(damaged)
            with pytest.raises(ShardError, match=r"0007\.depth\.png"):
                folder.close(b"") if last else folder.add(sample(1))
