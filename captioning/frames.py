"""What a model is shown of a clip: a few of its frames, made smaller."""

from __future__ import annotations

import cv2
import numpy as np

from factory.rendering.encode import decode_rgb, encode_rgb
from schemas.errors import ShardError

_QUALITY = 90


def spread(first: int, last: int, count: int) -> tuple[int, ...]:
    """`count` frames of first..last, the ends among them, evenly spread; all where there are fewer."""
    return tuple(dict.fromkeys(np.linspace(first, last, count).round().astype(int).tolist()))


def shrink(jpeg: bytes, size: int) -> bytes:
    """The JPEG with its longer edge at `size` pixels; one that is no longer stays as it is. Raises ShardError."""
    image = decode_rgb(jpeg)
    height, width = image.shape[:2]
    if max(height, width) <= size:
        return jpeg
    scale = size / max(height, width)
    # Whole pixels, one at least: the same size for every frame of a camera, as a video needs.
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    try:
        smaller = cv2.resize(image, shape, interpolation=cv2.INTER_AREA)
    except cv2.error as error:
        raise ShardError(f"colour image of {width}×{height} pixels: cannot be made smaller ({error})") from error
    return encode_rgb(np.asarray(smaller, dtype=np.uint8), _QUALITY)
