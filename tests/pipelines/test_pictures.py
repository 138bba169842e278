"""Pictures for people: what is in the pixels once the page shows them."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np
import pytest

from factory.navigation import NavigationMap
from pipelines import pictures
from schemas.arrays import AnyArray
from schemas.categories import MPCAT40
from schemas.robots import Body
from schemas.scenes import Storey


def decoded(uri: str) -> AnyArray:
    """The pixels, BGR or BGRA, of a data URI."""
    match = re.fullmatch(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)", uri)
    assert match
    image: AnyArray | None = cv2.imdecode(np.frombuffer(base64.b64decode(match[2]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image


def hexed(pixel: AnyArray) -> str:
    blue, green, red = (int(value) for value in pixel[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_every_category_has_a_colour_of_its_own() -> None:
    colors = [pictures.category_color(category) for category in MPCAT40]
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in colors)
    assert len(set(colors)) == len(MPCAT40)


def test_a_mask_has_its_categories_colours_and_a_dark_line_between_instances() -> None:
    instance = np.array([[1] * 4 + [2] * 4] * 4, dtype=np.uint16)
    image = decoded(pictures.mask_picture(instance, {1: "bed", 2: "bed"}))
    assert hexed(image[0, 0]) == hexed(image[0, 7]) == pictures.category_color("bed")
    assert image[0, 3].tolist() == (image[0, 0] // 2).tolist()


def test_an_id_without_a_category_is_void() -> None:
    image = decoded(pictures.mask_picture(np.full((4, 4), 9, dtype=np.uint16), {}))
    assert hexed(image[1, 1]) == pictures.category_color("void")


def test_near_is_bright_far_is_dark_and_none_is_grey() -> None:
    depth = np.repeat(np.repeat(np.array([[0.3, 1.0, 3.0, 9.0, 0.0]], dtype=np.float32), 16, axis=0), 16, axis=1)
    image = decoded(pictures.depth_picture(depth)).astype(float)
    luminance = image[8, 8::16] @ [0.114, 0.587, 0.299]
    assert (np.diff(luminance[:4]) < 0).all()
    assert np.ptp(image[8, -8]) < 8


def test_the_depth_scale_runs_from_0_to_1_over_its_range() -> None:
    low, high = pictures.DEPTH_RANGE
    share = pictures.depth_share(np.array([0.0, low, (low + high) / 2, high, 50.0], dtype=np.float32))
    assert share.tolist() == pytest.approx([0, 0, np.sqrt(0.5), 1, 1])


def test_a_frame_is_no_wider_than_the_page_wants_and_keeps_its_shape() -> None:
    assert decoded(pictures.photo(np.zeros((480, 640, 3), dtype=np.uint8))).shape == (360, 480, 3)
    assert decoded(pictures.photo(np.zeros((30, 40, 3), dtype=np.uint8))).shape == (30, 40, 3)


def test_a_red_frame_is_red() -> None:
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[..., 0] = 255
    assert decoded(pictures.photo(red))[8, 8].tolist() == pytest.approx([0, 0, 254], abs=3)


def test_the_field_is_clear_where_nothing_is_free_and_north_is_up() -> None:
    esdf = np.full((20, 10), -0.2, dtype=np.float32)
    esdf[15:] = 1.0
    built = NavigationMap((0, 0), 0.05, esdf > 0, esdf, Storey(0, 0, 2.5), Body(0.2, 1.0, 0.1, 0.5))
    alpha = decoded(pictures.esdf_picture(built, (0, 20, 0, 10)))[..., 3]
    assert alpha[:16].min() == 255
    assert alpha[40:].max() == 0


def test_gradients_are_css() -> None:
    for gradient in (pictures.esdf_gradient(), pictures.depth_gradient()):
        assert re.fullmatch(r"linear-gradient\(90deg, [#a-f0-9rgb() ,]+\)", gradient)
