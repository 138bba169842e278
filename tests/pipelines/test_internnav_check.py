"""Every rule of the dialect is broken once, and the check names it, the file, and what the loader would do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.internnav_check import check_internnav, find_problems
from pipelines.internnav_cloud import Cloud, decode_cloud, encode_cloud
from pipelines.internnav_export import Selection, export_internnav
from pipelines.internnav_rules import RULES, Harm
from schemas.errors import StorageError
from schemas.recipe import Engine
from tests.exports import make_run
from tests.runs import navfoundry

SCENE = Path("handmade_small/two_rooms")
RGB, DEPTH = (Path(f"videos/chunk-000/observation.images.{kind}") for kind in ("rgb", "depth"))
TABLE = Path("data/chunk-000/episode_000001.parquet")
STATS = Path("meta/episodes_stats.jsonl")
CLOUD = Path("meta/pointcloud.ply")


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("check")
    root = folder / "vln_n1"
    export_internnav(make_run(folder / "run"), str(root), Selection(), Engine(executor="inline"), lambda event: None)
    return root


@pytest.fixture
def root(sound, tmp_path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "vln_n1"))


def _rows(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """A defect of the second episode's table."""

    def plant(scene: Path) -> None:
        rows = pq.read_table(scene / TABLE).to_pydict()
        change(rows)
        pq.write_table(pa.table(rows), scene / TABLE)

    return plant


def _poses(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], object]:
    def plant(rows: dict[str, Any]) -> None:
        rows["action"] = list(change(np.reshape(rows["action"], (-1, 4, 4))).reshape(-1, 16))

    return _rows(plant)


def _lines(name: Path, change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    def plant(scene: Path) -> None:
        lines = (scene / name).read_text().splitlines()
        (scene / name).write_text("".join(line + "\n" for line in change(lines)))

    return plant


def _cloud(change: Callable[[Cloud], Cloud]) -> Callable[[Path], object]:
    def plant(scene: Path) -> None:
        cloud = decode_cloud((scene / CLOUD).read_bytes(), "test")
        (scene / CLOUD).write_bytes(encode_cloud(change(cloud)))

    return plant


def _depths(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], object]:
    def plant(scene: Path) -> None:
        for path in (scene / DEPTH).iterdir():
            cv2.imwrite(str(path), change(np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))))

    return plant


def _cut(name: Path) -> Callable[[Path], object]:
    def plant(scene: Path) -> None:
        content = (scene / name).read_bytes()
        (scene / name).write_bytes(content[: len(content) // 2])

    return plant


def _put(name: Path | str, content: bytes = b"x") -> Callable[[Path], object]:
    def plant(scene: Path) -> None:
        (scene / name).parent.mkdir(parents=True, exist_ok=True)
        (scene / name).write_bytes(content)

    return plant


def _unpad(scene: Path) -> None:
    for kind in (RGB, DEPTH):
        for path in (scene / kind).iterdir():
            head, _, frame = path.stem.rpartition("_")
            path.rename(path.with_name(f"{head}_{int(frame)}{path.suffix}"))


def _shift(lines: list[str]) -> list[str]:
    return [lines[0].replace('"max": 23', '"max": 24'), *lines[1:]]


def _transposed(poses: np.ndarray) -> np.ndarray:
    return poses @ np.diag([1.0, -1.0, -1.0, 1.0])


def _leaning(poses: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(0.1), np.sin(0.1)
    poses[:, :3, :3] = poses[:, :3, :3] @ [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]
    return poses


def _spread(poses: np.ndarray) -> np.ndarray:
    poses[:, 0, 3] = 3 + 2 * (poses[:, 0, 3] - 3)
    return poses


def _other_mount(rows: dict[str, Any]) -> None:
    rows["observation.camera_extrinsic"][5] = list(np.eye(4).ravel())


def _other_k(rows: dict[str, Any]) -> None:
    rows["observation.camera_intrinsic"] = [[500.0, 0, 320, 0, 500, 240, 0, 0, 1]] * len(rows["index"])


def _three_rows(rows: dict[str, Any]) -> None:
    rows["action"] = [row[:12] for row in rows["action"]]


def _shorter(rows: dict[str, Any]) -> None:
    for name in rows:
        rows[name] = rows[name][:-1]


DEFECTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a file beside the scenes": (_put("../notes.txt"), "only-folders", "handmade_small/notes.txt"),
    "a file beside the groups": (_put("../../.DS_Store"), "only-folders", ".DS_Store"),
    "no cloud": (lambda scene: (scene / CLOUD).unlink(), "scene-parts", str(CLOUD)),
    "no depth": (lambda scene: shutil.rmtree(scene / DEPTH), "scene-parts", str(DEPTH)),
    "a second chunk": (_put("data/chunk-001/episode_000009.parquet"), "one-chunk", "data"),
    "a lock among the tables": (_put("data/chunk-000/.lock"), "only-tables", ".lock"),
    "a thumbnail list among the images": (_put(RGB / ".DS_Store"), "only-images", ".DS_Store"),
    "unpadded names": (_unpad, "image-names", "episode_000000_"),
    "a lost depth image": (lambda s: (s / DEPTH / "episode_000001_004.png").unlink(), "image-pairs", "videos"),
    "a line too many": (_lines(STATS, lambda lines: [*lines, lines[-1]]), "stats-lines", str(STATS)),
    "a line too few": (_lines(STATS, lambda lines: lines[:-1]), "stats-lines", str(STATS)),
    "a line that is none": (_lines(STATS, lambda lines: ["{}", *lines[1:]]), "stats-fields", f"{STATS}:1"),
    "a line of nested lists": (_lines(STATS, lambda lines: ["[" * 9999, *lines[1:]]), "stats-fields", f"{STATS}:1"),
    "an exclusive end": (_lines(STATS, _shift), "image-index", f"{STATS}:2"),
    "a row too few": (_rows(_shorter), "frames-are-rows", str(TABLE)),
    "a table that is none": (_put(TABLE), "table", str(TABLE)),
    "a column too few": (_rows(lambda rows: rows.pop("action")), "table", str(TABLE)),
    "poses of three rows": (_rows(_three_rows), "table", str(TABLE)),
    "a mount that changes": (_rows(_other_mount), "constant-camera", str(TABLE)),
    "intrinsics of another size": (_rows(_other_k), "intrinsics", "episode_000001_000.jpg"),
    "scaled rotations": (_poses(lambda poses: poses * 1.1), "rigid-poses", str(TABLE)),
    "OpenCV axes": (_poses(_transposed), "opengl-axes", str(TABLE)),
    "walking backwards": (_poses(lambda poses: poses[::-1]), "opengl-axes", str(TABLE)),
    "a base that leans": (_poses(_leaning), "mount", str(TABLE)),
    "frames too far apart": (_poses(_spread), "spacing", str(TABLE)),
    "a truncated colour image": (_cut(RGB / "episode_000002_003.jpg"), "color-images", "episode_000002_003.jpg"),
    "an empty colour image": (_put(RGB / "episode_000002_003.jpg", b""), "color-images", "episode_000002_003.jpg"),
    "a truncated depth image": (_cut(DEPTH / "episode_000002_003.png"), "depth-images", "episode_000002_003.png"),
    "depth of 8 bits": (_depths(lambda z: (z // 256).astype(np.uint8)), "depth-images", "episode_000000_000.png"),
    "depth of another size": (_depths(lambda z: z[::2, ::2]), "depth-images", "episode_000000_000.png"),
    "depth without values": (_depths(np.zeros_like), "depth-images", "no pixel has depth"),
    "depth in millimetres": (_depths(lambda z: z // 10), "depth-units", "episode_000000.parquet"),
    "depth twice as far": (_depths(lambda z: np.minimum(z, 32000) * 2), "depth-units", "episode_000000.parquet"),
    "a cloud that is none": (_put(CLOUD), "cloud", str(CLOUD)),
    "obstacles almost blue": (
        _cloud(lambda c: Cloud(c.points, np.where(c.colors == 128, 100, c.colors).astype(np.uint8))),
        "obstacle-color", str(CLOUD),
    ),
    "a cloud elsewhere": (_cloud(lambda c: Cloud(c.points + 50.0, c.colors)), "depth-on-cloud", "episode_000000"),
    "obstacles on the path": (
        _cloud(lambda c: Cloud(c.points, np.repeat([[0, 0, 128]], len(c.points), 0).astype(np.uint8))),
        "critic", "episode_000000",
    ),
    "a text outside the episode": (
        _lines(Path("meta/episodes.jsonl"), lambda lines: [line.replace("23]", "99]") for line in lines]),
        "texts", "episodes.jsonl:1",
    ),
    "a wrong total": (
        lambda s: (s / "meta/info.json").write_text(json.dumps({"total_episodes": 3, "total_frames": 1})),
        "info", "total_frames is 1, there are 72",
    ),
}  # fmt: skip


def test_an_export_of_ours_is_sound(sound):
    text, good = check_internnav(str(sound))
    assert good, text
    assert "all sound" in text
    assert {finding.rule for finding in find_problems(sound)} <= {"short-walk"}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_named_with_file_and_remedy(defect, root):
    plant, rule, where = DEFECTS[defect]
    plant(root / SCENE)
    found = [finding for finding in find_problems(root) if finding.rule == rule]
    assert found
    assert any(where in f"{finding.path}: {finding.problem}" for finding in found), found
    text, good = check_internnav(str(root))
    assert not good
    assert f"{RULES[rule].harm.value:6} {rule}: " in text
    assert RULES[rule].remedy in text


def test_every_rule_that_can_spoil_a_training_has_its_defect():
    planted = {rule for _, rule, _ in DEFECTS.values()}
    harmful = {name for name, rule in RULES.items() if rule.harm is not Harm.NOTE}
    assert harmful - planted == {"length"}


def test_walks_of_two_frames_would_stop_the_loader(root):
    _rows(lambda rows: rows.update({name: column[:2] for name, column in rows.items()}))(root / SCENE)
    assert "length" in {finding.rule for finding in find_problems(root)}


def test_many_findings_of_one_kind_are_summed_up(root):
    for path in (root / SCENE / RGB).iterdir():
        path.write_bytes(b"")
    text, _ = check_internnav(str(root))
    assert text.count("color-images") == 5
    assert "… and 67 more" in text
    assert "the trainer would not notice" in text


def test_a_folder_without_scenes_and_no_folder_are_told(tmp_path):
    text, good = check_internnav(str(tmp_path))
    assert not good and "holds no scene folders" in text
    with pytest.raises(StorageError, match="no folder"):
        check_internnav(str(tmp_path / "none"))


def test_the_command_exits_with_one_for_a_spoilt_folder(root):
    assert navfoundry("check", "internnav", root).returncode == 0
    (root / SCENE / RGB / "episode_000000_000.jpg").write_bytes(b"")
    run = navfoundry("check", "internnav", root)
    assert run.returncode == 1
    assert "silent color-images" in run.stdout
