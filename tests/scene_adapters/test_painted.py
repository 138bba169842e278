from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from scene_adapters.meshes import FileMesh, merged
from scene_adapters.painted import face_colors, matched, most_frequent
from schemas.scenes import Material, Texture


def painted(uv: list[list[float]]) -> FileMesh:
    """One triangle over an image whose left half is red and whose right half is (1, 2, 3)."""
    image = np.zeros((4, 4, 3), np.uint8)
    image[:, :2], image[:, 2:] = (255, 0, 0), (1, 2, 3)
    return FileMesh(
        vertices=np.zeros((3, 3), np.float32),
        triangles=np.array([[0, 1, 2]], np.int32),
        group=np.zeros(1, np.int32),
        groups=("",),
        material=np.zeros(1, np.uint16),
        materials=(Material("paint", texture=0),),
        textures=(Texture("paint", cv2.imencode(".png", image[..., ::-1])[1].tobytes()),),
        uv=np.array([uv], np.float32),
    )


def test_a_triangle_has_the_colour_of_most_of_it() -> None:
    assert face_colors(painted([[0, 0], [0.4, 0], [0, 1]])).tolist() == [0xFF0000]
    assert face_colors(painted([[0.3, 0], [1, 0], [1, 1]])).tolist() == [0x010203]


def test_coordinates_wrap_around() -> None:
    assert face_colors(painted([[-1, 5], [-0.6, 5], [-1, 6]])).tolist() == [0xFF0000]


def test_the_most_frequent_vote_that_is_not_nothing_wins() -> None:
    votes = np.array([[0, 0, 0, 7], [5, 5, 6, 0], [6, 5, 6, 5], [0, 0, 0, 0]])
    assert [most_frequent(row) for row in votes] == [7, 5, 6, 0]


def test_colours_that_are_not_listed_are_nothing() -> None:
    known, numbers = np.array([30, 10, 20]), np.array([3, 1, 2], np.int32)
    assert matched(np.array([10, 20, 30, 40, 0]), known, numbers).tolist() == [1, 2, 3, 0, 0]
    assert matched(np.array([10]), known[:0], numbers[:0]).tolist() == [0]


def test_each_image_is_looked_up_for_the_triangles_that_show_it() -> None:
    red, mixed = painted([[0, 0], [0.4, 0], [0, 1]]), painted([[0.6, 0], [1, 0], [1, 1]])
    bare = replace(red, textures=(), uv=None, materials=(Material("bare"),))
    blue = Texture("blue", cv2.imencode(".png", np.full((2, 2, 3), (255, 0, 0), np.uint8))[1].tobytes())
    mesh = merged([mixed, bare, red, replace(red, textures=(blue,))])
    assert face_colors(mesh).tolist() == [0x010203, 0, 0xFF0000, 0x0000FF]


def test_vertex_colours_vote_by_corner() -> None:
    color = np.array([[1, 2, 3, 255], [1, 2, 3, 0], [9, 9, 9, 255]], np.uint8)
    mesh = replace(painted([[0, 0]] * 3), textures=(), uv=None, color=color)
    assert face_colors(mesh).tolist() == [0x010203]
