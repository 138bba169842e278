from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from scene_adapters.gltf import GltfScene, Part
from scene_adapters.gltf_buffers import frozen
from scene_adapters.gltf_look import Looks
from scene_adapters.painted import face_colors, matched, most_frequent
from schemas.arrays import AnyArray
from schemas.scenes import Material, Texture


def picture(pixels: AnyArray) -> Texture:
    return Texture("paint", cv2.imencode(".png", pixels[..., ::-1])[1].tobytes())


def two_halves() -> Texture:
    """Red on the left, (1, 2, 3) on the right."""
    image = np.zeros((4, 4, 3), np.uint8)
    image[:, :2], image[:, 2:] = (255, 0, 0), (1, 2, 3)
    return picture(image)


def triangle(uv: list[list[float]] | None, texture: int = 0, color: AnyArray | None = None) -> Part:
    coordinates = None if uv is None else frozen(np.array(uv, np.float32))
    corners = frozen(np.array([[0, 1, 2]], np.uint32))
    return Part("", np.eye(4), frozen(np.zeros((3, 3), np.float32)), corners, texture, coordinates, color)


def painted(*parts: Part, textures: tuple[Texture, ...] = ()) -> GltfScene:
    """Material k shows image k; the last one shows none."""
    textures = (two_halves(), *textures)
    materials = (*(Material("paint", texture=number) for number in range(len(textures))), Material("bare"))
    return GltfScene(Path("a.glb"), parts, Looks(materials, (), textures, False, ()), ())


def test_a_triangle_has_the_colour_of_most_of_it() -> None:
    assert face_colors(painted(triangle([[0, 0], [0.4, 0], [0, 1]]))).tolist() == [0xFF0000]
    assert face_colors(painted(triangle([[0.3, 0], [1, 0], [1, 1]]))).tolist() == [0x010203]


def test_coordinates_wrap_around_and_those_that_are_none_do_no_harm() -> None:
    assert face_colors(painted(triangle([[-1, 5], [-0.6, 5], [-1, 6]]))).tolist() == [0xFF0000]
    wild = [[np.nan, 0], [np.inf, -np.inf], [3e38, -3e38]]
    assert face_colors(painted(triangle(wild))).tolist() in ([0xFF0000], [0x010203])


def test_the_most_frequent_vote_that_is_not_nothing_wins() -> None:
    votes = np.array([[0, 0, 0, 7], [5, 5, 6, 0], [6, 5, 6, 5], [0, 0, 0, 0]])
    assert [most_frequent(row) for row in votes] == [7, 5, 6, 0]


def test_colours_that_are_not_listed_are_nothing() -> None:
    known, numbers = np.array([30, 10, 20]), np.array([3, 1, 2], np.int32)
    assert matched(np.array([10, 20, 30, 40, 0]), known, numbers).tolist() == [1, 2, 3, 0, 0]
    assert matched(np.array([10]), known[:0], numbers[:0]).tolist() == [0]


def test_each_image_is_looked_up_for_the_triangles_that_show_it() -> None:
    blue = picture(np.full((2, 2, 3), (0, 0, 255), np.uint8))
    whole = [[0.0, 0.0], [0.4, 0.0], [0.0, 1.0]]
    right = [[0.6, 0.0], [1.0, 0.0], [1.0, 1.0]]
    scene = painted(triangle(right), triangle(None, 2), triangle(whole), triangle(whole, 1), textures=(blue,))
    assert face_colors(scene).tolist() == [0x010203, 0, 0xFF0000, 0x0000FF]


def test_an_image_that_cannot_be_decoded_says_nothing() -> None:
    scene = painted(triangle([[0, 0], [1, 0], [0, 1]], 1), textures=(Texture("torn", b"\x89PNG"),))
    assert face_colors(scene).tolist() == [0]


def test_vertex_colours_vote_by_corner() -> None:
    color = np.array([[1, 2, 3, 255], [1, 2, 3, 0], [9, 9, 9, 255]], np.uint8)
    assert face_colors(painted(triangle(None, 1, color))).tolist() == [0x010203]
