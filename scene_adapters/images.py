"""Texture images: kept as the bytes the dataset has, where a renderer can read them."""

from __future__ import annotations

import struct

import cv2
import numpy as np

from schemas.arrays import Float64
from schemas.scenes import Texture

MAX_PIXELS = 16384 * 16384
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n"
_BASIS = b"sB"


def texture(name: str, encoded: bytes) -> Texture | str:
    """A texture of PNG or JPEG bytes, or why it cannot be one, without the name.

    PNG and JPEG pass unchanged; what OpenCV reads else (WebP, BMP, TIFF) becomes PNG without loss.
    """
    if encoded.startswith(_PNG):
        width, height = struct.unpack(">II", encoded[16:24]) if len(encoded) >= 45 else (0, 0)
        if not 0 < width * height <= MAX_PIXELS or b"IEND" not in encoded[-32:]:
            return "a truncated or oversized PNG"
        return Texture(name, encoded)
    if encoded.startswith(_JPEG):
        return Texture(name, encoded) if b"\xff\xd9" in encoded[-1024:] else "a truncated JPEG"
    if encoded.startswith(_KTX2):
        return "KTX2 (Basis) compression, which no open renderer here decodes; take the uncompressed release"
    if encoded.startswith(_BASIS):
        return ".basis compression; unpack it with `basisu -unpack`, or take the uncompressed release"
    return _converted(name, encoded)


def _converted(name: str, encoded: bytes) -> Texture | str:
    try:
        image = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_UNCHANGED) if encoded else None
        if image is None or image.dtype != np.uint8:
            return "not an image that can be used; convert it to PNG or JPEG"
        return Texture(name, cv2.imencode(".png", image)[1].tobytes())
    except cv2.error as error:
        return f"not a readable image ({error.code}); convert it to PNG or JPEG"


def srgb_from_linear(values: Float64) -> Float64:
    """From linear colour in 0..1, any shape, to sRGB in 0..1 (IEC 61966-2-1)."""
    values = np.clip(values, 0.0, 1.0)
    return np.asarray(np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055))


def linear_from_srgb(values: Float64) -> Float64:
    """From sRGB in 0..1, any shape, to linear colour in 0..1 (IEC 61966-2-1)."""
    values = np.clip(values, 0.0, 1.0)
    return np.asarray(np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4))


def failures_note(where: str, failures: list[tuple[str, str]]) -> tuple[str, ...]:
    """One note for each reason among (image, reason): how many images, and which is the first."""
    reasons = dict.fromkeys(reason for _, reason in failures)
    return tuple(
        f"{where}: {len(names)} textures left out ({names[0]}{', …' if len(names) > 1 else ''}): {reason}"
        for reason in reasons
        if (names := [name for name, why in failures if why == reason])
    )
