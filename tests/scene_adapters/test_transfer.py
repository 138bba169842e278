from __future__ import annotations

import numpy as np

from scene_adapters.transfer import carried, findable, nearest_triangles

# Two squares of two triangles each, one above the other by 2 cm.
LOW = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
VERTICES = np.concatenate([LOW, LOW + np.array([0, 0, 0.02], np.float32)])
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], np.int32)


def test_the_same_mesh_is_matched_by_order_and_a_shuffled_one_by_corners() -> None:
    assert nearest_triangles(findable(VERTICES, TRIANGLES), VERTICES, TRIANGLES, 0.05).tolist() == [0, 1, 2, 3]
    turned = np.roll(TRIANGLES[[2, 0, 3, 1]], 1, axis=1)
    assert nearest_triangles(findable(VERTICES, TRIANGLES), VERTICES, turned, 0.05).tolist() == [2, 0, 3, 1]


def test_another_triangulation_takes_the_nearest_surface_within_reach() -> None:
    points = np.array(
        [[0.1, 0.0, 0.015], [0.3, 0.1, 0.015], [0.2, 0.2, 0.015], [0.1, 0, 3], [0.3, 0.1, 3], [0.2, 0.2, 3]]
    )
    other = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    found = nearest_triangles(findable(VERTICES, TRIANGLES), points.astype(np.float32), other, 0.05)
    assert found.tolist() == [2, -1]


def test_no_surface_gives_no_labels() -> None:
    nothing = np.zeros((0, 3), np.int32)
    assert nearest_triangles(findable(VERTICES, nothing), VERTICES, TRIANGLES, 0.05).tolist() == [-1] * 4


def test_many_triangles_find_their_own_again_whatever_their_order() -> None:
    random = np.random.default_rng(0)
    vertices = random.uniform(-9, 9, (500, 3)).astype(np.float32)
    triangles = np.array([random.choice(500, 3, replace=False) for _ in range(2000)], np.int32)
    order = random.permutation(2000)
    found = nearest_triangles(findable(vertices, triangles), vertices, np.roll(triangles[order], 1, axis=1), 0.05)
    assert found.tolist() == order.tolist()


def test_labels_are_carried_over_and_what_has_no_source_has_none() -> None:
    values, source = np.array([7, 8, 9], np.int32), np.array([2, -1, 0, 2], np.int32)
    assert carried(values, source, -5).tolist() == [9, -5, 7, 9]


def test_triangles_that_another_mesh_lacks_are_not_taken_for_others() -> None:
    random = np.random.default_rng(1)
    vertices = random.uniform(-9, 9, (600, 3)).astype(np.float32)
    triangles = np.arange(600, dtype=np.int32).reshape(-1, 3)
    known, wanted = triangles[:7], triangles[::-1].copy()
    found = nearest_triangles(findable(vertices, known), vertices, wanted, 1e-9)
    assert found.tolist() == [-1] * 193 + [6, 5, 4, 3, 2, 1, 0]
