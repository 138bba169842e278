"""Scenes: what `make_scene` refuses, what the digest follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from schemas.categories import MPCAT40, STRUCTURE
from schemas.scenes import make_scene
from tests.rooms import two_rooms

SCENE = two_rooms()


def _again(mesh=SCENE.mesh, instances=SCENE.instances, **changes):
    kept = {"rooms": SCENE.rooms, "storeys": SCENE.storeys, "lights": SCENE.lights, "lighting": SCENE.lighting}
    return make_scene(SCENE.ref, mesh, instances, **{**kept, **changes})


def test_equal_content_has_an_equal_digest_and_other_content_another():
    assert _again().digest == SCENE.digest
    moved = SCENE.mesh.vertices.copy()
    moved[0, 0] += 1e-6
    assert _again(mesh=replace(SCENE.mesh, vertices=moved)).digest != SCENE.digest
    assert _again(lights=()).digest != SCENE.digest
    assert _again(instances=(*SCENE.instances[:-1], replace(SCENE.instances[-1], label="fern"))).digest != SCENE.digest


def test_notes_are_for_people_and_do_not_change_the_digest():
    assert _again(notes=("dropped 3 faces",)).digest == SCENE.digest


def test_instances_are_found_by_id():
    assert SCENE.instance(11).label == "sofa"
    for missing in (0, len(SCENE.instances) + 1, -1):
        with pytest.raises(KeyError):
            SCENE.instance(missing)


def _mesh(**changes):
    return replace(SCENE.mesh, **changes)


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        (_mesh(vertices=SCENE.mesh.vertices.astype(np.float64)), "mesh.vertices: float64"),
        (_mesh(triangles=SCENE.mesh.triangles[:, :2]), "mesh.triangles"),
        (_mesh(triangles=SCENE.mesh.triangles + 10_000), "indices outside"),
        (_mesh(material=SCENE.mesh.material + np.uint16(100)), "mesh.material: index"),
        (_mesh(instance=SCENE.mesh.instance + np.uint16(100)), "only 16 instances"),
        (_mesh(uv=np.zeros((3, 3, 2), np.float32)), "mesh.uv"),
        (_mesh(vertices=SCENE.mesh.vertices * np.float32("nan")), "NaN"),
        (_mesh(textures=()), "texture 0 of 0"),
        (_mesh(triangles=np.zeros((0, 3), np.int32), instance=np.zeros(0, np.uint16), material=np.zeros(0, np.uint16),
               uv=None), "0 triangles"),
    ],
)  # fmt: skip
def test_a_mesh_that_does_not_fit_is_refused_by_the_name_of_its_field(mesh, words):
    with pytest.raises(ValueError, match=words):
        _again(mesh=mesh)


def test_ids_run_from_one_without_gaps():
    with pytest.raises(ValueError, match="ids must run"):
        _again(instances=SCENE.instances[1:])


def test_only_mpcat40_categories_are_taken():
    with pytest.raises(ValueError, match="'couch'"):
        _again(instances=(replace(SCENE.instances[0], category="couch"), *SCENE.instances[1:]))


def test_the_categories_are_matterports_forty_two():
    assert len(MPCAT40) == 42
    assert [MPCAT40.index(name) for name in ("wall", "sofa", "unlabeled")] == [1, 10, 41]
    assert set(MPCAT40) >= STRUCTURE
