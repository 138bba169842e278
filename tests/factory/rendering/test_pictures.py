"""Pictures in the order of poses become the views of their episodes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from factory.rendering.encode import decode_rgb
from factory.rendering.pictures import Picture, assemble
from schemas.recipe import Rendering
from tests.factory.rendering.views import TWO_EYED, WIDE, plan
from tests.rooms import two_rooms

PLAN = plan(two_rooms(), WIDE, [(1.0, 1.0, 0.0), (2.0, 1.0, 0.0), (3.0, 1.0, 0.0)], robot=TWO_EYED)
SHAPE = (WIDE.height, WIDE.width)


def numbered() -> Iterator[Picture]:
    """Pictures that say in each of their parts how many came before."""
    for i in range(100):
        grey = np.full((*SHAPE, 3), 10 * i, np.uint8)
        yield Picture(grey, np.full(SHAPE, 1000 + i, np.uint16), np.full(SHAPE, i, np.uint16))


def test_the_first_cameras_frames_come_first_and_then_the_next_ones() -> None:
    renderer: dict[str, str] = {"engine": "none"}
    pictures = numbered()
    episode = assemble(PLAN, pictures, Rendering(jpeg_quality=100), renderer)
    assert episode.instance[:, 0, 0].tolist() == [0, 1, 2]
    assert episode.depth[:, 0, 0].tolist() == [1000, 1001, 1002]
    (knee,) = episode.further
    assert knee.instance[:, 0, 0].tolist() == [3, 4, 5]
    assert [decode_rgb(image)[0, 0, 0] for image in knee.rgb] == pytest.approx([30, 40, 50], abs=1)
    assert next(pictures).instance[0, 0] == 6, "the next episode's pictures are left"
    renderer["engine"] = "changed"
    assert episode.renderer == {"engine": "none"}
