from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from factory.rendering.light import BakedLight, encode_light, light_key
from factory.storage import open_storage
from pipelines.lighting import expected_frames, is_baked, light_for
from schemas.errors import StorageError
from schemas.recipe import Recipe, parse_recipe
from schemas.scenes import Lighting
from tests.rooms import two_rooms

SCENE = two_rooms()


def recipe(lighting: str = "auto", walks: int = 40, more: str = "") -> Recipe:
    text = f"""
        name = "light"
        [[scenes]]
        dataset = "procedural"
        [episodes]
        per_storey = {walks}
        [navigation]
        distance = [2.0, 6.0]
        spacing = 0.05
        [rendering]
        lighting = "{lighting}"
        {more}
    """
    return parse_recipe("\n".join(line.strip() for line in text.splitlines()), "here")


def test_frames_are_walks_by_length_over_spacing() -> None:
    assert expected_frames(recipe(walks=10), SCENE) == pytest.approx(10 * 4.0 / 0.05)
    assert expected_frames(recipe(walks=10, more="[variation]\nper_look = 3"), SCENE) == pytest.approx(3 * 4.0 / 0.05)


def test_auto_bakes_where_many_walks_are_wanted_and_not_for_one_short_walk() -> None:
    assert is_baked(recipe(walks=100), SCENE)
    sparse = recipe().navigation.model_copy(update={"spacing": 0.9, "distance": (0.5, 0.9)})
    short = recipe(walks=1).model_copy(update={"navigation": sparse})
    assert not is_baked(short, SCENE)


def test_a_recipe_that_says_how_is_obeyed_and_a_scan_is_never_baked() -> None:
    assert is_baked(recipe("baked", walks=1), SCENE)
    assert not is_baked(recipe("path-traced", walks=10_000), SCENE)
    assert not is_baked(recipe("baked"), replace(SCENE, lighting=Lighting.UNLIT))


def test_light_in_the_storage_is_read_and_not_made_again(tmp_path: Path) -> None:
    count = len(SCENE.mesh.triangles)
    known = BakedLight(
        SCENE.mesh,
        np.arange(count, dtype=np.int32),
        np.full((2, 2, 3), 0.5, np.float16),
        np.zeros((count, 3, 2, 2), np.float32),
        np.zeros((1, 3), np.float16),
        np.zeros((count, 3, 2), np.int32),
    )
    storage = open_storage(str(tmp_path))
    name = f"lights/{light_key(SCENE)}.npz"
    storage.write(name, encode_light(known))
    found = light_for(recipe("baked"), SCENE, storage, 1)
    assert found is not None
    assert np.array_equal(found.texels, known.texels)
    storage.write(name, b"damaged")
    with pytest.raises(StorageError, match="delete the file"):
        light_for(recipe("baked"), SCENE, storage, 1)
    assert light_for(recipe("path-traced"), SCENE, storage, 1) is None
