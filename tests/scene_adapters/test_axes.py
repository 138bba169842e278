from __future__ import annotations

import numpy as np
import pytest

from scene_adapters.axes import detect_unit, detect_up, light_to_world, refuse_absurd_size, to_world
from scene_adapters.meshes import extent
from schemas.errors import SceneError
from schemas.frames import world_to_habitat
from schemas.scenes import Light, LightKind
from tests.rooms import two_rooms

HOME = two_rooms().mesh
Y_UP = world_to_habitat(HOME.vertices.astype(np.float64)).astype(np.float32)


@pytest.mark.parametrize("expected", ["y", "z"])
def test_up_is_found_whatever_the_format_says(expected: str) -> None:
    assert detect_up(HOME.vertices, HOME.triangles, extent(HOME.vertices), expected)[0] == "z"
    assert detect_up(Y_UP, HOME.triangles, extent(Y_UP), expected)[0] == "y"


@pytest.mark.parametrize("expected", ["y", "z"])
def test_up_is_found_without_a_ceiling_too(expected: str) -> None:
    open_top = HOME.triangles[HOME.instance != 3]
    assert detect_up(HOME.vertices, open_top, extent(HOME.vertices), expected)[0] == "z"


@pytest.mark.parametrize("expected", ["y", "z"])
def test_a_shape_that_says_nothing_leaves_it_to_the_format(expected: str) -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    sides = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6],
                      [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]], np.int32)  # fmt: skip
    assert detect_up(corners, sides, extent(corners), expected)[0] == expected


@pytest.mark.parametrize(
    ("height", "unit"), [(2.6, "m"), (9.0, "m"), (14.0, "m"), (260.0, "cm"), (2600.0, "mm"), (1e6, "m"), (0.01, "m")]
)
def test_the_unit_is_that_in_which_a_home_is_a_home(height: float, unit: str) -> None:
    assert detect_unit(height)[0] == unit


def test_y_up_becomes_z_up_by_hand() -> None:
    np.testing.assert_allclose(to_world(np.array([[1, 2, 3]], np.float32), "y", 0.01), [[0.01, -0.03, 0.02]])
    np.testing.assert_allclose(to_world(np.array([[1, 2, 3]], np.float32), "z", 1.0), [[1, 2, 3]])


def test_lamps_turn_with_the_mesh_and_keep_their_power() -> None:
    lamp = Light(LightKind.AREA, (1, 2, 3), (0, -1, 0), (1, 1), (1, 1, 1), 60)
    found = light_to_world(lamp, "y", 0.5)
    assert found.position == (0.5, -1.5, 1) and found.direction == (0, 0, -1) and found.power == 60


@pytest.mark.parametrize("size", [(501, 1, 1), (5, 5, 41), (1.4, 1, 1)])
def test_absurd_sizes_are_refused(size: tuple[float, float, float]) -> None:
    with pytest.raises(SceneError, match="home: "):
        refuse_absurd_size(np.array([[0, 0, 0], size], np.float64), "home")


def test_a_home_s_size_is_accepted() -> None:
    refuse_absurd_size(two_rooms().bounds, "home")
