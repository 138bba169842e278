"""Pictures in the order of poses become the views of their episodes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from factory.rendering.encode import decode_rgb
from factory.rendering.pictures import Picture, Sensing, assemble
from schemas.recipe import Rendering, Sensor
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
    assert episode.depth_scale == 0.001


def test_the_episode_says_the_unit_of_its_depth_and_the_sensor_measures_in_it() -> None:
    settings, sensor = Rendering(depth_scale=0.0001), Sensor(disparity_noise=0, nearest=0.05)
    sensing = Sensing(sensor, np.zeros(100, np.float32))
    tenths = (Picture(picture.color, 10 * picture.depth, picture.instance) for picture in numbered())
    episode = assemble(PLAN, tenths, settings, {}, sensing)
    assert episode.depth_scale == 0.0001
    assert episode.sensor_depth is not None
    measured = episode.sensor_depth[episode.sensor_depth > 0]
    assert np.median(measured) == pytest.approx(10_000, rel=0.1)
