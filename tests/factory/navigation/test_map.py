from __future__ import annotations

import io
import math
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from factory.navigation import NavigationMap, build_map, decode_map, encode_map, map_key, map_mesh
from schemas.errors import SceneError, StorageError
from schemas.outcomes import Reason, Rejected
from schemas.robots import Body
from schemas.scenes import Storey
from tests.factory.navigation.flats import Box, Flat
from tests.rooms import two_rooms

SCENE = two_rooms()
BODY = Body(0.25, 1.5, 0.1, math.radians(30))


@pytest.fixture(scope="module")
def built() -> NavigationMap:
    outcome = build_map(SCENE, SCENE.storeys[0], BODY, 0.05, 10**6)
    assert isinstance(outcome, NavigationMap)
    return outcome


def test_the_area_is_where_the_centre_can_stand() -> None:
    """An open floor of 6 × 4 m, less a rim of 0.25 m: 5.5 × 3.5."""
    floor: Box = ((0.0, 0.0, -0.1), (6.0, 4.0, 0.0))
    built = map_mesh(*Flat(solids=[floor]).mesh(), Storey(0, 0.0, 3.0), BODY)
    assert isinstance(built, NavigationMap)
    assert built.area == pytest.approx(5.5 * 3.5, rel=0.03)


def test_free_and_distance_agree_with_the_flat(built: NavigationMap) -> None:
    points = np.array([[2.5, 2.5], [7.0, 2.5], [1.0, 3.5], [8.0, 1.0], [1.6, 1.8], [5.0, 2.0]])
    assert (built.distance(points) > 0).tolist() == [True, True, False, False, False, True]
    # The middle of the opening, 1 m wide: half a metre to either jamb, up to a cell.
    assert built.distance(np.array([[5.0, 2.0]]))[0] == pytest.approx(0.5, abs=0.05)


def test_centres_of_cells_are_in_the_world(built: NavigationMap) -> None:
    assert built.centres(np.array([[0, 0], [2, 3]])) == pytest.approx(
        np.array(built.origin) + np.array([[0.025, 0.025], [0.175, 0.125]])
    )


def test_a_map_survives_its_encoding_and_the_bytes_are_the_same_each_time(built: NavigationMap) -> None:
    data = encode_map(built)
    back = decode_map(data)
    assert (back.free == built.free).all()
    assert (back.esdf == built.esdf).all()
    assert (back.origin, back.resolution) == (built.origin, built.resolution)
    assert (back.storey, back.body) == (built.storey, built.body)
    assert encode_map(back) == data


@pytest.mark.parametrize("spoil", [b"", b"PK\x03\x04 not really", b"\x93NUMPY"])
def test_bytes_that_are_no_map_are_an_error(spoil: bytes) -> None:
    with pytest.raises(StorageError, match="not a navigation map"):
        decode_map(spoil)


def test_a_cut_map_is_an_error(built: NavigationMap) -> None:
    data = encode_map(built)
    for length in (10, len(data) // 2, len(data) - 1):
        with pytest.raises(StorageError):
            decode_map(data[:length])


def _altered(data: bytes, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, archive.read(name).replace(old, new))
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":9'),
        (b'"shape":[', b'"shape":[9'),
        (b'"radius"', b'"radios"'),
        (b'"origin"', b'"orogin"'),
    ],
)
def test_a_map_that_contradicts_itself_is_an_error(built: NavigationMap, old: bytes, new: bytes) -> None:
    with pytest.raises(StorageError, match="not a navigation map"):
        decode_map(_altered(encode_map(built), old, new))


def test_pickled_arrays_are_not_read() -> None:
    out = io.BytesIO()
    np.savez(out, header=np.array([{"a": 1}], dtype=object), free=np.zeros(3))
    with pytest.raises(StorageError):
        decode_map(out.getvalue())


def test_a_key_names_all_that_decides_the_map() -> None:
    first = map_key("d", 0, BODY, 0.05, 100)
    assert first == map_key("d", 0, Body(0.25, 1.5, 0.1, math.radians(30)), 0.05, 100)
    others = {
        map_key("e", 0, BODY, 0.05, 100), map_key("d", 1, BODY, 0.05, 100),
        map_key("d", 0, replace(BODY, radius=0.3), 0.05, 100), map_key("d", 0, BODY, 0.02, 100),
        map_key("d", 0, BODY, 0.05, 101),
    }  # fmt: skip
    assert len(others | {first}) == 6
    assert first.isalnum()


def test_a_robot_taller_than_the_storey_does_not_fit() -> None:
    outcome = build_map(SCENE, SCENE.storeys[0], replace(BODY, height=2.75), 0.05, 10**6)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == Reason.BODY_DOES_NOT_FIT


def test_a_storey_where_everything_is_blocked_has_no_free_space() -> None:
    solids: list[Box] = [((0, 0, -0.1), (4, 4, 0)), ((0, 0, 0.5), (4, 4, 0.6))]
    outcome = map_mesh(*Flat(solids=solids).mesh(), Storey(0, 0.0, 3.0), BODY)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == Reason.NO_FREE_SPACE


def test_a_storey_without_floor_is_an_error_that_names_it() -> None:
    with pytest.raises(SceneError, match=r"handmade/two_rooms, storey 3: no floor at z = 7.00 m"):
        build_map(SCENE, Storey(3, 7.0, 10.0), BODY, 0.05, 10**6)


def test_a_billion_cells_are_refused() -> None:
    with pytest.raises(SceneError, match="the cap is 1e\\+06"):
        build_map(SCENE, SCENE.storeys[0], BODY, 0.001, 10**6)
