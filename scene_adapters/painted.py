"""Labels painted as colours: HM3D's semantic textures, or the vertex colours of some exports."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numba import njit

from scene_adapters.meshes import FileMesh
from schemas.arrays import AnyArray, Float32, Int32, UInt8

_IMAGES_AT_A_TIME = 4
# Where a triangle is looked at: its middle, towards its corners and towards its edges.
_SAMPLES = np.array(
    [[1 / 3, 1 / 3, 1 / 3], [0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.15, 0.15, 0.7],
     [0.45, 0.45, 0.1], [0.1, 0.45, 0.45], [0.45, 0.1, 0.45]], dtype=np.float32)  # fmt: skip
_MAJORITY = 4


def face_colors(mesh: FileMesh) -> Int32:
    """(m,) the colour, red · 65536 + green · 256 + blue, that most of each triangle has; 0 (black) is none.

    Texels are taken as they are: the nearest one, no filter, no change of colour space.
    """
    found = np.zeros(len(mesh.triangles), np.int32)
    if mesh.textures and mesh.uv is not None:
        _from_textures(mesh, mesh.uv, found)
    elif mesh.color is not None:
        _from_corners(mesh.color, mesh.triangles, found)
    return found


def _from_textures(mesh: FileMesh, uv: Float32, found: Int32) -> None:
    count = len(mesh.textures)
    texture_of = np.array([count if m.texture is None else m.texture for m in mesh.materials], np.int32)[mesh.material]
    order = np.argsort(texture_of, kind="stable")
    ends = np.cumsum(np.bincount(texture_of, minlength=count + 1))

    def look_up(number: int) -> None:
        faces = order[ends[number - 1] if number else 0 : ends[number]]
        encoded = np.frombuffer(mesh.textures[number].encoded, np.uint8)
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if len(faces) else None
        if image is not None:
            _look_up(np.asarray(image, np.uint8), uv, faces, found)

    # Most of the time goes to decoding, which holds no lock; a few at a time, for they are large.
    with ThreadPoolExecutor(_IMAGES_AT_A_TIME) as pool:
        list(pool.map(look_up, range(count)))


@njit(cache=True, nogil=True)
def _look_up(image: UInt8, uv: Float32, faces: AnyArray, found: Int32) -> None:
    """Set `found` for `faces` to what most samples see of a BGR image (H, W, 3)."""
    height, width = image.shape[0], image.shape[1]
    seen = np.zeros(len(_SAMPLES), np.int32)
    for face in faces:
        for sample in range(len(_SAMPLES)):
            u = v = np.float32(0)
            for corner in range(3):
                u += _SAMPLES[sample, corner] * uv[face, corner, 0]
                v += _SAMPLES[sample, corner] * uv[face, corner, 1]
            # First into 0..1: repeated images, and numbers too large for an integer.
            u = u - np.floor(u) if np.isfinite(u) else np.float32(0)
            v = 1 - v - np.floor(1 - v) if np.isfinite(v) else np.float32(0)
            column, row = min(int(u * width), width - 1), min(int(v * height), height - 1)
            seen[sample] = _packed(image[row, column, 2], image[row, column, 1], image[row, column, 0])
            if sample == _MAJORITY - 1 and seen[0] != 0 and seen[0] == seen[1] == seen[2] == seen[3]:
                break
        found[face] = seen[0] if sample < len(_SAMPLES) - 1 else most_frequent(seen)


@njit(cache=True, nogil=True)
def _from_corners(color: UInt8, triangles: Int32, found: Int32) -> None:
    seen = np.zeros(3, np.int32)
    for face in range(len(triangles)):
        for corner in range(3):
            r, g, b, _ = color[triangles[face, corner]]
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
