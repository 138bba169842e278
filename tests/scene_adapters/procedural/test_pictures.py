from __future__ import annotations

import numpy as np

from scene_adapters.procedural import pictures
from scene_adapters.procedural.textures import srgb

_SKY, _LAND = (0.3, 0.5, 0.8), (0.05, 0.3, 0.05)


def test_a_landscape_has_a_light_sky_over_dark_land() -> None:
    image = pictures.landscape(np.random.default_rng(1), _SKY, _LAND).astype(float)
    assert image[:60].mean() > 1.5 * image[-30:].mean()
    assert image[:60, :, 2].mean() > image[:60, :, 0].mean()
    assert image[-30:, :, 1].mean() > image[-30:, :, 0].mean()


def test_an_abstract_painting_has_only_hues_it_was_given() -> None:
    grey = ((0.8, 0.8, 0.8), (0.1, 0.1, 0.1), (0.4, 0.4, 0.4))
    image = pictures.abstract(np.random.default_rng(2), grey).astype(int)
    assert np.ptp(image, axis=2).max() <= 1
    assert image.std() > 10


def test_paintings_follow_from_the_generator() -> None:
    for paint in (
        lambda g: pictures.landscape(g, _SKY, _LAND),
        lambda g: pictures.abstract(g, (_SKY, _LAND, (0.5, 0.5, 0.5))),
        lambda g: pictures.desktop(g, _SKY),
    ):
        first, again, other = (paint(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_clock_says_ten_past_ten() -> None:
    dark = pictures.clock_face().mean(axis=2) < 120
    size = len(dark)

    def ink(hour: float, reach: float) -> bool:
        turn = hour * np.pi / 6
        y, x = int(size * (0.5 - reach * np.cos(turn))), int(size * (0.5 + reach * np.sin(turn)))
        return bool(dark[y - 2 : y + 3, x - 2 : x + 3].any())

    assert ink(10.17, 0.15) and ink(2, 0.3)
    assert not ink(10.17, 0.3) and not ink(5, 0.15) and not ink(8, 0.3)
    assert all(ink(hour, 0.42) for hour in range(12))


def test_piano_keys_have_five_black_ones_to_seven_white() -> None:
    row = pictures.piano_keys(1024)[200, :, 0] < 40
    black = np.count_nonzero(np.diff(row.astype(int)) == 1)
    assert black == 5 * 4
    assert (pictures.piano_keys(1024)[900, :, 0] > 40).all()


def test_a_desktop_has_windows_lighter_than_its_ground() -> None:
    image = pictures.desktop(np.random.default_rng(3), _SKY).astype(float)
    assert image[40:100, 30:130].mean() > image[:10].mean()
    assert np.allclose(image[60, 25:120].max(axis=1).max(), 232)


def test_a_book_spine_is_light_enough_to_be_tinted_and_bears_a_title() -> None:
    image = pictures.book_spine()
    assert np.median(image) > srgb([0.6])[0]
    middle = image[int(0.33 * len(image)) : int(0.59 * len(image))]
    assert (middle == 90).any() and not (image[-10:] == 90).any()
