from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from scene_adapters.procedural import textures
from schemas.arrays import Float64, UInt8

_DARK, _LIGHT = (0.15, 0.06, 0.03), (0.5, 0.3, 0.15)
_WHITE, _GROUT = (0.8, 0.8, 0.78), (0.4, 0.4, 0.4)


def _draw(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


TILING: dict[str, Callable[[np.random.Generator], UInt8]] = {
    "wood": lambda g: textures.wood(g, _DARK, _LIGHT),
    "planks": lambda g: textures.planks(g, _DARK, _LIGHT),
    "herringbone": lambda g: textures.herringbone(g, _DARK, _LIGHT),
    "tiles": lambda g: textures.tiles(g, (_WHITE,), _GROUT),
    "chequer": lambda g: textures.tiles(g, (_WHITE, _DARK), _GROUT),
    "bricks": lambda g: textures.tiles(g, (_DARK,), _GROUT, 12, 4, True),
    "terrazzo": lambda g: textures.terrazzo(g, _WHITE, (_DARK, _LIGHT)),
    "marble": lambda g: textures.marble(g, _WHITE, _GROUT),
    "granite": lambda g: textures.granite(g, _DARK, _LIGHT),
    "plaster": lambda g: textures.plaster(g),
    "weave": lambda g: textures.weave(g),
    "knit": lambda g: textures.knit(g),
    "pile": lambda g: textures.pile(g),
    "leather": lambda g: textures.leather(g),
    **{
        f"wallpaper of {figure.__name__}": lambda g, figure=figure: textures.wallpaper(g, figure, _WHITE, _DARK)  # type: ignore[misc]
        for figure in textures.FIGURES
    },
}


@pytest.mark.parametrize("name", TILING)
def test_the_seam_of_a_tiling_texture_is_no_rougher_than_its_inside(name: str) -> None:
    image = TILING[name](_draw()).astype(int)
    for axis in (0, 1):
        steps = np.abs(np.diff(np.concatenate([image, image.take([0], axis=axis)], axis=axis), axis=axis))
        of_line = steps.mean(axis=(1 - axis, 2))
        # The seam may fall on a joint or a thread, so it is compared with the roughest lines inside.
        assert of_line[-1] <= np.sort(of_line[:-1])[-3:].mean() * 1.15 + 1


@pytest.mark.parametrize("name", TILING)
def test_equal_draws_give_equal_bytes_and_others_do_not(name: str) -> None:
    first, again, other = (textures.encoded(TILING[name](_draw(seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", TILING)
def test_images_are_square_bytes_and_not_flat(name: str) -> None:
    image = TILING[name](_draw())
    assert image.dtype == np.uint8 and image.shape[2] == 3
    assert image.shape[0] == image.shape[1] and image.shape[0] in (256, 512)
    assert image.std() > 0.5


def test_encoded_images_are_jpeg_with_red_first() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 220
    data = textures.encoded(red)
    assert data[:2] == b"\xff\xd8"
    back = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    assert back[8, 8, 2] > 200 and back[8, 8, 0] < 30


def test_srgb_follows_the_standard_at_known_values() -> None:
    assert textures.srgb([0.0, 0.0031308, 0.214041, 0.5, 1.0, 2.0]).tolist() == [0, 10, 127, 188, 255, 255]


def test_a_ramp_ends_at_its_colours_and_mixes_in_linear_light() -> None:
    image = textures.ramp(np.array([[0.0, 0.5, 1.0]], np.float32), ((0, 0, 0), (1, 1, 1)))
    assert image[0, 0].tolist() == [0, 0, 0] and image[0, 2].tolist() == [255, 255, 255]
    assert image[0, 1, 0] == pytest.approx(188, abs=1)


def test_noise_is_bounded_centred_and_as_fine_as_asked() -> None:
    coarse, fine = textures.noise(_draw(), 256, 4, 4), textures.noise(_draw(), 256, 64, 64)
    for field in (coarse, fine):
        assert field.shape == (256, 256) and np.abs(field).max() < 1.7 and abs(field.mean()) < 0.3
    assert np.abs(np.diff(fine, axis=1)).mean() > 6 * np.abs(np.diff(coarse, axis=1)).mean()


def test_grain_runs_along_the_columns() -> None:
    field = textures.grain(_draw())
    along, across = np.abs(np.diff(field, axis=1)).mean(), np.abs(np.diff(field, axis=0)).mean()
    assert across > 2 * along


def test_planks_are_boards_of_different_tones_between_dark_seams() -> None:
    image = textures.planks(_draw(), _DARK, _LIGHT, rows=8).astype(float).mean(axis=2)
    rows = image.reshape(8, 64, 512)
    assert rows[:, 0].mean() < 0.8 * rows[:, 8:56].mean()
    assert rows[:, 8:56].mean(axis=(1, 2)).std() > 3


def test_herringbone_blocks_are_four_cells_long_and_at_right_angles() -> None:
    image = textures.herringbone(_draw(), _DARK, _LIGHT).astype(float).mean(axis=2)

    def seam(line: Float64, beside: Float64) -> bool:
        return bool(line.mean() < 0.75 * beside.mean())

    # The block that starts at the origin lies level over four cells of 32 pixels …
    assert seam(image[0, 2:126], image[8, 2:126]) and seam(image[2:30, 0], image[2:30, 8])
    assert not any(seam(image[2:30, x], image[2:30, x + 8]) for x in (32, 64, 96))
    # … and the one in the eighth column stands upright from the first row over four.
    assert seam(image[2:126, 224], image[2:126, 232]) and seam(image[0, 226:254], image[8, 226:254])
    assert not any(seam(image[y, 226:254], image[y + 8, 226:254]) for y in (32, 64, 96))


def test_tiles_have_as_many_joints_as_asked() -> None:
    image = textures.tiles(_draw(), (_WHITE,), (0.05, 0.05, 0.05), 6, 3).astype(float).mean(axis=2)
    dark_rows = image.mean(axis=1) < 0.6 * np.median(image)
    assert np.count_nonzero(np.diff(np.concatenate([[False], dark_rows]).astype(int)) == 1) == 6
    dark_columns = image.mean(axis=0) < 0.6 * np.median(image)
    assert np.count_nonzero(np.diff(np.concatenate([[False], dark_columns]).astype(int)) == 1) == 3


def test_chequered_tiles_alternate() -> None:
    image = textures.tiles(_draw(), (_WHITE, _DARK), _GROUT, 4, 4).astype(float).mean(axis=2)
    faces = image.reshape(4, 128, 4, 128)[:, 16:112, :, 16:112].mean(axis=(1, 3))
    light = faces > faces.mean()
    assert np.array_equal(light, np.add.outer(np.arange(4), np.arange(4)) % 2 == 0)


def test_textures_to_be_tinted_are_light_and_without_hue() -> None:
    for name in ("plaster", "weave", "knit", "pile", "leather"):
        image = TILING[name](_draw()).astype(int)
        assert image.mean() > 180
        assert np.abs(image - image.mean(axis=2, keepdims=True)).max() == 0


@pytest.mark.parametrize("figure", textures.FIGURES)
def test_figures_stay_between_ground_and_ink(figure: textures.Figure) -> None:
    v, u = np.mgrid[0:128, 0:128].astype(np.float32) / 128
    field = figure(u, v)
    assert field.min() >= 0 and field.max() <= 1.001
    assert 0.03 < field.mean() < 0.97


@pytest.mark.parametrize("field", textures.RUG_FIELDS)
def test_rugs_have_borders_all_round_and_only_their_colours(field: textures.RugField) -> None:
    colors = ((0.7, 0.7, 0.6), (0.4, 0.05, 0.05), (0.05, 0.1, 0.3), (0.6, 0.5, 0.2))
    image = textures.rug(_draw(), field, colors).astype(float)
    edge = image[4:10]
    for turned in (image[-10:-4], image[:, 4:10].swapaxes(0, 1), image[:, -10:-4].swapaxes(0, 1)):
        assert np.allclose(edge.mean(axis=(0, 1)), turned.mean(axis=(0, 1)), atol=4)
    assert np.allclose(image[2:12, 100:400].mean(axis=(0, 1)), textures.srgb(colors[3]) * 0.9, atol=25)


def test_printed_cloth_shows_its_ink_where_its_figure_is() -> None:
    image = textures.print_cloth(_draw(), textures.bars, _WHITE, _DARK).astype(float).mean(axis=2)
    u = np.arange(256) / 256
    inked = np.sin(12 * np.pi * u) > 0.2
    bare = np.sin(12 * np.pi * u) < -0.2
    assert image[:, inked].mean() < 0.6 * image[:, bare].mean()


def test_colours_mix_and_scale_by_channel() -> None:
    assert textures.scaled((0.2, 0.4, 0.6), 0.5) == pytest.approx((0.1, 0.2, 0.3))
    assert textures.mixed((0.0, 1.0, 0.5), (1.0, 0.0, 0.5), 0.25) == pytest.approx((0.25, 0.75, 0.5))
