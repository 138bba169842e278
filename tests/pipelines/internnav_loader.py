"""How the public loader walks and reads an export, by its description: folder listings, Pillow and OpenCV."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import open3d as o3d
import pyarrow.parquet as pq
from PIL import Image

from tests.trainer.walks import slow_motion
from trainer.windows import Choice


@dataclass(frozen=True)
class Listed:
    """One trajectory as the loader lists it."""

    table: str
    rgb: list[str]
    depth: list[str]
    cloud: str


def listing(root) -> list[Listed]:
    """All trajectories: whatever stands in the folders, in the order of names."""
    found = []
    for group in sorted(os.listdir(root)):
        for scene in sorted(os.listdir(f"{root}/{group}")):
            base = f"{root}/{group}/{scene}"
            (chunk,) = os.listdir(f"{base}/data")
            tables = _sorted(f"{base}/data/{chunk}")
            rgb, depth = (_sorted(f"{base}/videos/{chunk}/observation.images.{kind}") for kind in ("rgb", "depth"))
            with open(f"{base}/meta/episodes_stats.jsonl") as lines:
                for table, line in zip(tables, lines, strict=True):
                    span = json.loads(line)["image_index"]
                    images = slice(span["min"], span["max"] + 1)
                    found.append(Listed(table, rgb[images], depth[images], f"{base}/meta/pointcloud.ply"))
    return found


def columns(listed: Listed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intrinsics (3, 3) and mount (4, 4) of the first row, poses (T, 4, 4)."""
    rows = pq.read_table(listed.table).to_pydict()
    return (
        np.reshape(rows["observation.camera_intrinsic"][0], (3, 3)),
        np.reshape(rows["observation.camera_extrinsic"][0], (4, 4)),
        np.reshape(rows["action"], (-1, 4, 4)),
    )


def obstacles(listed: Listed) -> np.ndarray:
    """The points that the loader takes for obstacles, (n, 2)."""
    cloud = o3d.io.read_point_cloud(Path(listed.cloud))
    blue = np.abs(np.asarray(cloud.colors) - [0, 0, 0.5]).sum(axis=1) < 0.05
    return np.asarray(cloud.points)[blue, :2]


def window(listed: Listed, choice: Choice) -> dict[str, np.ndarray]:
    """What the loader hands out of a trajectory for that choice, but for the mark of the goal."""
    _, extrinsic, poses = columns(listed)
    pitch = float(np.arcsin(extrinsic[1, 1]))
    labels, augments, goal, label_critic, augment_critic = slow_motion(poses, pitch, obstacles(listed), choice)
    memory = np.zeros((8, 224, 224, 3), np.float32)
    frames = np.arange(choice.current - 7 * choice.stride, choice.current + 1, choice.stride)
    missing = int((frames < 0).sum())
    for row, frame in enumerate(frames[missing:].tolist(), missing):
        memory[row] = color(listed.rgb[frame])
    return {
        "labels": labels,
        "augments": augments,
        "point_goal": goal,
        "critics": np.array([label_critic, augment_critic]),
        "rgb": memory,
        "image_goal": np.concatenate([color(listed.rgb[choice.goal]), color(listed.rgb[choice.current])], axis=-1),
        "earlier": color(listed.rgb[choice.earlier]),
        "depth": depth(listed.depth[choice.current]),
    }


def color(path: str) -> np.ndarray:
    """An image as the policy gets it."""
    square = _square(np.array(Image.open(path), np.uint8))
    return np.array(cv2.resize(square, (224, 224)), np.float32) / 255.0


def depth(path: str) -> np.ndarray:
    """Depth as the policy gets it."""
    square = _square(np.array(Image.open(path), np.uint16) / 10000.0)
    square[square > 5.0] = 0
    square[square < 0.1] = 0
    return np.array(cv2.resize(square, (224, 224)), np.float32)[:, :, None]


def _square(image):
    scale = 224 / max(image.shape[:2])
    image = cv2.resize(image, (-1, -1), fx=scale, fy=scale)
    margins = [(max((224 - side) // 2, 0),) * 2 for side in image.shape[:2]]
    return np.pad(image, margins + [(0, 0)] * (image.ndim - 2))


def _sorted(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in sorted(os.listdir(folder))]
