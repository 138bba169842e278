"""Labels painted as colours: HM3D's semantic textures, or the vertex colours of some exports."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numba import njit

from scene_adapters.gltf import GltfScene, Part
from schemas.arrays import Float32, Int32, UInt8, UInt32

_IMAGES_AT_A_TIME = 4
# Where a triangle is looked at: its middle, towards its corners and towards its edges.
_SAMPLES = np.array(
    [[1 / 3, 1 / 3, 1 / 3], [0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.15, 0.15, 0.7],
     [0.45, 0.45, 0.1], [0.1, 0.45, 0.45], [0.45, 0.1, 0.45]], dtype=np.float32)  # fmt: skip
_MAJORITY = 4


def face_colors(scene: GltfScene) -> Int32:
    """(m,) the colour, red · 65536 + green · 256 + blue, that most of each triangle has; 0 (black) is none.

    Texels are taken as they are: the nearest one, no filter, no change of colour space.
    """
    ends = np.cumsum([len(part.corners) for part in scene.parts])
    found = np.zeros(ends[-1], np.int32)
    shown: dict[int, list[tuple[Part, Int32]]] = {}
    for part, own in zip(scene.parts, np.split(found, ends[:-1]), strict=True):
        texture = scene.looks.materials[part.material].texture
        if texture is not None and part.uv is not None:
            shown.setdefault(texture, []).append((part, own))
        elif part.color is not None:
            _from_corners(part.color, part.corners, own)

    def look_up(texture: int) -> None:
        image = cv2.imdecode(np.frombuffer(scene.looks.textures[texture].encoded, np.uint8), cv2.IMREAD_COLOR)
        for part, own in shown[texture]:
            if image is not None and part.uv is not None:
                _look_up(np.asarray(image, np.uint8), part.uv, part.corners, own)

    # Most of the time goes to decoding, which holds no lock; a few at a time, for they are large.
    with ThreadPoolExecutor(_IMAGES_AT_A_TIME) as pool:
        list(pool.map(look_up, shown))
    return found


@njit(cache=True, nogil=True)
def _look_up(image: UInt8, uv: Float32, corners: UInt32, found: Int32) -> None:
    """Fill `found` (m,) with what most samples of triangles `corners` (m, 3) see of a BGR image (H, W, 3)."""
    height, width = image.shape[0], image.shape[1]
    seen = np.zeros(len(_SAMPLES), np.int32)
    for face in range(len(corners)):
        a, b, c = uv[corners[face, 0]], uv[corners[face, 1]], uv[corners[face, 2]]
        for sample in range(len(_SAMPLES)):
            p, q, r = _SAMPLES[sample, 0], _SAMPLES[sample, 1], _SAMPLES[sample, 2]
            u, v = _wrapped(p * a[0] + q * b[0] + r * c[0]), _wrapped(p * a[1] + q * b[1] + r * c[1])
            column, row = min(int(u * width), width - 1), min(int(v * height), height - 1)
            seen[sample] = _packed(image[row, column, 2], image[row, column, 1], image[row, column, 0])
            if sample == _MAJORITY - 1 and seen[0] != 0 and seen[0] == seen[1] == seen[2] == seen[3]:
                break
        found[face] = seen[0] if sample < len(_SAMPLES) - 1 else most_frequent(seen)


@njit(cache=True, nogil=True)
def _wrapped(place: np.float32) -> np.float32:
    """A texture coordinate in 0..1, as images repeat; 0 for what is not finite."""
    if np.float32(0) <= place < np.float32(1):
        return place
    return place - np.floor(place) if np.isfinite(place) else np.float32(0)


@njit(cache=True, nogil=True)
def _from_corners(color: UInt8, corners: UInt32, found: Int32) -> None:
    seen = np.zeros(3, np.int32)
    for face in range(len(corners)):
        for corner in range(3):
            r, g, b, _ = color[corners[face, corner]]
            seen[corner] = _packed(r, g, b)
        found[face] = most_frequent(seen)


@njit(cache=True, nogil=True)
def _packed(red: int, green: int, blue: int) -> np.int32:
    return np.int32(red) << 16 | np.int32(green) << 8 | np.int32(blue)


@njit(cache=True, nogil=True)
def most_frequent(votes: Int32) -> np.int32:
    """The most frequent of votes (k,) that is not 0, the first of equals; 0 where there is none."""
    best, most = np.int32(0), 0
    for vote in votes:
        count = 0
        for other in votes:
            count += other == vote
        if vote != 0 and count > most:
            best, most = vote, count
    return best


def matched(colors: Int32, known: Int32, numbers: Int32) -> Int32:
    """(m,) the number of each colour: `numbers` (k,) belongs to the colours `known` (k,); 0 for any other."""
    order = np.argsort(known)
    return np.asarray(_matched(colors, known[order], numbers[order]))


@njit(cache=True, nogil=True)
def _matched(colors: Int32, known: Int32, numbers: Int32) -> Int32:
    found = np.zeros(len(colors), np.int32)
    last, number = np.int32(-1), np.int32(0)
    for row in range(len(colors)):
        if colors[row] != last:  # neighbours mostly have one colour
            last = colors[row]
            place = np.searchsorted(known, last)
            number = numbers[place] if place < len(known) and known[place] == last else np.int32(0)
        found[row] = number
    return found
