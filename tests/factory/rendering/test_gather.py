from __future__ import annotations

import numpy as np
import open3d as o3d
import pytest

from factory.rendering.gather import GLARE, NEAR, NEAR_GLARE, Gathered, Sender, gather, gather_near, look
from factory.rendering.points import Points
from schemas.arrays import Float32, Float64

TEXELS = np.zeros((1, 1, 3), np.float32)
UP = (0.0, 0.0, 1.0)


def sender(corners: list[Float64], reflected: float = 0.5, sky: float = 0.0) -> Sender:
    """Rectangles of four corners each, which are counter-clockwise from in front; both sides have spot 0 and 1."""
    tree = o3d.t.geometry.RaycastingScene()
    for four in corners:
        tree.add_triangles(
            o3d.core.Tensor.from_numpy(np.ascontiguousarray(four, np.float32)),
            o3d.core.Tensor.from_numpy(np.array([[0, 1, 2], [0, 2, 3]], np.uint32)),
        )
    # Each rectangle is a geometry of its own to the ray caster, which counts its triangles from 0: one is enough here.
    count = 2
    return Sender(
        tree=tree,
        kept=np.arange(count),
        reflected=np.full((count, 3), reflected, np.float32),
        lit=np.ones((count, 2), np.bool_),
        texel=np.zeros((count, 3, 2, 2), np.float32),
        spot=np.tile(np.array([0, 1], np.int32), (count, 3, 1)),
        sky=np.full(3, sky, np.float32),
    )


def level(height: float, half: float) -> Float64:
    """A square over the origin that faces down."""
    return np.array([[-half, -half, height], [-half, half, height], [half, half, height], [half, -half, height]])


def at(*places: tuple[float, float, float], facing: tuple[float, float, float] = UP) -> Points:
    return Points(np.array(places, np.float64), np.tile(np.array(facing, np.float64), (len(places), 1)))


def lights(front: float, back: float = 0.0) -> Float32:
    return np.array([[front] * 3, [back] * 3], np.float32)


def gathered(sender: Sender, texels: Float32, spots: Float32, points: Points, rays: int, threads: int) -> Gathered:
    """What rays bring; those that follow only what is near bring as much of that."""
    found = gather(sender, texels, spots, look(sender, points, rays, threads))
    near, unhidden = gather_near(sender, texels, spots, points, rays, threads)
    assert np.array_equal(near, found.near)
    assert np.array_equal(unhidden, found.open)
    return found


def test_a_ceiling_without_end_sends_what_it_reflects() -> None:
    found = gathered(sender([level(2.0, 1e4)]), TEXELS, lights(0.8), at((0.0, 0.0, 0.0)), 64, 1)
    assert found.far[0] == pytest.approx([0.4, 0.4, 0.4], rel=0.02)
    assert found.near.max() == 0
    assert found.open[0] == pytest.approx(1.0)


def test_what_is_nearer_than_the_border_counts_as_near() -> None:
    found = gathered(sender([level(0.5 * NEAR, 0.5 * NEAR)]), TEXELS, lights(0.8), at((0.0, 0.0, 0.0)), 4096, 1)
    # Form factor of a square of half edge a, h ahead (Howell, C-16), here a = h.
    share = 4 / np.pi * np.sqrt(0.5) * np.arctan(np.sqrt(0.5))
    assert found.open[0] == pytest.approx(1 - share, abs=0.01)
    assert found.near[0, 0] == pytest.approx(0.4 * share, abs=0.005)
    assert found.far.max() == 0


def test_each_side_sends_its_own_light_and_an_unlit_one_none() -> None:
    made = sender([level(1.0, 1e4)])
    spots = lights(0.8, 0.2)
    below = gathered(made, TEXELS, spots, at((0.0, 0.0, 0.0)), 64, 1).far[0, 0]
    above = gathered(made, TEXELS, spots, at((0.0, 0.0, 2.0), facing=(0.0, 0.0, -1.0)), 64, 1).far[0, 0]
    assert (below, above) == (pytest.approx(0.4, rel=0.02), pytest.approx(0.1, rel=0.02))
    made.lit[:, 0] = False
    assert gathered(made, TEXELS, spots, at((0.0, 0.0, 0.0)), 64, 1).far.max() == 0


def test_texels_are_read_where_the_ray_meets_the_surface() -> None:
    made = sender([level(1.0, 1.0)], reflected=1.0)
    place = np.array([[0, 1, 2], [0, 2, 3]])
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], np.float32)[place]
    made.texel[:] = corners[:, :, None]
    texels = np.zeros((1, 2, 3), np.float32)
    texels[0, 1] = 1.0  # the half with x > 0
    points = at((0.9, 0.0, 0.95), (-0.9, 0.0, 0.95))
    bright, dark = gathered(made, texels, lights(0.0), points, 256, 1).near[:, 0]
    assert bright > 0.9
    assert dark < 0.01


def test_the_sky_shines_in_where_nothing_is() -> None:
    found = gathered(sender([level(-1.0, 1.0)], sky=0.7), TEXELS, lights(1.0), at((0.0, 0.0, 0.0)), 64, 1)
    assert found.far[0] == pytest.approx([0.7] * 3, rel=1e-4)


@pytest.mark.parametrize(("height", "most"), [(1.0, GLARE), (0.01, NEAR_GLARE)])
def test_glare_counts_only_so_much(height: float, most: float) -> None:
    found = gathered(sender([level(height, 1e4)]), TEXELS, lights(1000.0), at((0.0, 0.0, 0.0)), 512, 1)
    assert (found.near + found.far)[0, 0] <= max(most, GLARE) * 1.01
    assert (found.near if height < NEAR else found.far)[0, 0] == pytest.approx(most, rel=0.05)


def test_threads_and_the_number_of_points_change_nothing() -> None:
    made = sender([level(0.1, 0.4)], sky=0.5)
    points = at(*[(0.02 * i, 0.01 * i, 0.0) for i in range(50)])
    one, two = (gathered(made, TEXELS, lights(0.9), points, 32, threads) for threads in (1, 2))
    few = gathered(made, TEXELS, lights(0.9), points.take(np.arange(5)), 32, 1)
    for name in ("near", "far", "open"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
        assert np.array_equal(getattr(one, name)[:5], getattr(few, name))
    assert one.open.std() > 0.02
