"""Labels painted as colours: HM3D's semantic textures, or the vertex colours of some exports."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from scene_adapters.meshes import FileMesh
from schemas.arrays import AnyArray, Float32, Int32, Int64, UInt8

# Where a triangle is looked at: its middle, towards its corners and towards its edges.
_SAMPLES = np.array(
    [[1 / 3, 1 / 3, 1 / 3], [0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.15, 0.15, 0.7],
     [0.45, 0.45, 0.1], [0.1, 0.45, 0.45], [0.45, 0.1, 0.45]], dtype=np.float32)  # fmt: skip


def face_colors(mesh: FileMesh) -> Int64:
    """(m,) the colour, red · 65536 + green · 256 + blue, that most of each triangle has; 0 (black) is none.

    Texels are taken as they are: the nearest one, no filter, no change of colour space.
    """
    if mesh.textures and mesh.uv is not None:
        return most_frequent(_texel_colors(mesh))
    if mesh.color is not None:
        return most_frequent(_packed(mesh.color)[mesh.triangles])
    return np.zeros(len(mesh.triangles), np.int64)


def most_frequent(votes: Int64) -> Int64:
    """(m,) the most frequent value that is not 0 in each row of votes (m, k); 0 where there is none."""
    best, most = np.zeros(len(votes), np.int64), np.zeros(len(votes), np.int64)
    for column in range(votes.shape[1]):
        same = votes == votes[:, column : column + 1]
        count = np.where(votes[:, column] == 0, 0, same.sum(axis=1))
        better = count > most
        best[better], most[better] = votes[better, column], count[better]
    return best


def _texel_colors(mesh: FileMesh) -> Int64:
    assert mesh.uv is not None
    votes = np.zeros((len(mesh.triangles), len(_SAMPLES)), np.int64)
    texture_of = np.array([-1 if m.texture is None else m.texture for m in mesh.materials], np.int64)[mesh.material]
    uv = np.ascontiguousarray(np.nan_to_num(mesh.uv, posinf=0.0, neginf=0.0))
    for number, texture in enumerate(mesh.textures):
        faces = np.flatnonzero(texture_of == number)
        image = cv2.imdecode(np.frombuffer(texture.encoded, np.uint8), cv2.IMREAD_COLOR) if len(faces) else None
        if image is not None:
            _look_up(np.asarray(image, np.uint8), uv, faces, votes)
    return votes


@njit(cache=True, nogil=True)
def _look_up(image: UInt8, uv: Float32, faces: Int64, votes: Int64) -> None:
    """Fill the rows `faces` of `votes` with the packed colours of a BGR image (H, W, 3) at the samples."""
    height, width = image.shape[0], image.shape[1]
    for face in faces:
        for sample in range(len(_SAMPLES)):
            u = v = np.float32(0)
            for corner in range(3):
                u += _SAMPLES[sample, corner] * uv[face, corner, 0]
                v += _SAMPLES[sample, corner] * uv[face, corner, 1]
            # First into 0..1: repeated images, and numbers too large for an integer.
            column = min(int((u - np.floor(u)) * width), width - 1)
            row = min(int((1 - v - np.floor(1 - v)) * height), height - 1)
            blue, green, red = image[row, column]
            votes[face, sample] = np.int64(red) << 16 | np.int64(green) << 8 | np.int64(blue)


def _packed(color: AnyArray) -> Int64:
    value = color.astype(np.int64)
    return np.asarray(value[..., 0] << 16 | value[..., 1] << 8 | value[..., 2])


def matched(colors: Int64, known: Int64, numbers: Int32) -> Int32:
    """(m,) the number of each colour: `numbers` (k,) belongs to the colours `known` (k,); 0 for any other."""
    if not len(known):
        return np.zeros(len(colors), np.int32)
    order = np.argsort(known)
    place = np.minimum(np.searchsorted(known[order], colors), len(known) - 1)
    return np.where(known[order][place] == colors, numbers[order][place], 0).astype(np.int32)
