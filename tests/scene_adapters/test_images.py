from __future__ import annotations

import cv2
import numpy as np
import pytest

from scene_adapters.images import failures_note, linear_from_srgb, srgb_from_linear, texture
from schemas.scenes import Texture

IMAGE = np.random.default_rng(0).integers(0, 255, (16, 24, 3)).astype(np.uint8)


def encoded(kind: str) -> bytes:
    found: bytes = cv2.imencode(kind, IMAGE)[1].tobytes()
    return found


@pytest.mark.parametrize("kind", [".png", ".jpg"])
def test_png_and_jpeg_keep_their_bytes(kind: str) -> None:
    assert texture("a", encoded(kind)) == Texture("a", encoded(kind))


@pytest.mark.parametrize("kind", [".bmp", ".tiff"])
def test_other_images_become_png_without_loss(kind: str) -> None:
    found = texture("a", encoded(kind))
    assert isinstance(found, Texture) and found.encoded.startswith(b"\x89PNG")
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(found.encoded, np.uint8), cv2.IMREAD_COLOR), IMAGE)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (encoded(".png")[:-20], "truncated"),
        (encoded(".jpg")[:-200], "truncated"),
        (encoded(".png")[:16] + b"\xff" * 8 + encoded(".png")[24:], "oversized"),
        (b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(99), "KTX2"),
        (b"sB\x13" + bytes(99), "basisu -unpack"),
        (b"not an image", "not an image"),
        (b"", "not an image"),
    ],
)
def test_what_cannot_be_a_texture_is_explained(content: bytes, why: str) -> None:
    found = texture("wood.png", content)
    assert isinstance(found, str) and why in found


def test_srgb_and_linear_are_inverse_and_meet_the_standard_s_values() -> None:
    values = np.linspace(0, 1, 101)
    np.testing.assert_allclose(linear_from_srgb(srgb_from_linear(values)), values, atol=1e-12)
    assert linear_from_srgb(np.array([0.5]))[0] == pytest.approx(0.21404, abs=1e-5)


def test_failures_are_one_note_a_reason() -> None:
    notes = failures_note("a.glb", [("x.png", "missing"), ("y.ktx2", "KTX2"), ("z.png", "missing")])
    assert notes == ("a.glb: 2 textures left out (x.png, …): missing", "a.glb: 1 textures left out (y.ktx2): KTX2")
