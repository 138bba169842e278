from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from factory.navigation import walks, warm_up
from schemas.episodes import EpisodePlan
from schemas.errors import SceneError
from schemas.outcomes import Reason, Rejected
from schemas.recipe import Navigation, RobotSpec
from tests.factory.navigation.flats import Flat, random_flat

ROOT = Path(__file__).parents[3]


def _reasons(solids: list, robot: RobotSpec | None = None) -> set[Reason]:  # type: ignore[type-arg]
    outcomes = list(walks(*Flat(solids=solids).mesh(), count=4, robot=robot))
    assert len(outcomes) == 4
    return {outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)}


def test_three_lines_from_a_mesh_to_paths() -> None:
    vertices, triangles = random_flat(np.random.default_rng(0), 10, 8, storeys=2, stairwell=True).mesh()
    plans = list(walks(vertices.tolist(), triangles.tolist(), count=7))
    assert [plan.storey for plan in plans if isinstance(plan, EpisodePlan)] == [0, 0, 0, 0, 1, 1, 1]


def test_the_same_seed_gives_the_same_walks() -> None:
    mesh = random_flat(np.random.default_rng(0), 8, 6).mesh()
    a, b, other = (next(walks(*mesh, count=1, seed=seed)) for seed in (3, 3, 4))
    assert isinstance(a, EpisodePlan) and isinstance(b, EpisodePlan) and isinstance(other, EpisodePlan)
    assert (a.positions == b.positions).all()
    assert a.goal != other.goal


def test_everything_blocked_is_counted() -> None:
    floor = ((0.0, 0.0, -0.1), (6.0, 6.0, 0.0))
    posts = [((x, y, 0.0), (x + 0.1, y + 0.1, 1.0)) for x in np.arange(0, 6, 0.4) for y in np.arange(0, 6, 0.4)]
    with pytest.raises(SceneError, match="no floor found"):
        _reasons([floor, *posts])


def test_a_robot_taller_than_the_ceiling_is_counted() -> None:
    room = [((0.0, 0.0, -0.1), (6.0, 6.0, 0.0)), ((0.0, 0.0, 1.9), (6.0, 6.0, 2.0))]
    tall = RobotSpec(body_height=(2.5, 2.5))
    assert _reasons(room, tall) == {Reason.BODY_DOES_NOT_FIT}


def test_a_body_wider_than_every_passage_is_counted() -> None:
    floor = [((0.0, 0.0, -0.1), (6.0, 3.0, 0.0))]
    assert _reasons(floor, RobotSpec(radius=(1.6, 1.6))) == {Reason.NO_FREE_SPACE}


def test_a_room_too_small_for_the_distances_is_counted() -> None:
    assert _reasons([((0.0, 0.0, -0.1), (2.2, 2.2, 0.0))]) == {Reason.NO_GOAL}


def test_walks_on_two_islands_stay_on_theirs() -> None:
    islands = [((0.0, 0.0, -0.1), (5.0, 4.0, 0.0)), ((7.0, 0.0, -0.1), (12.0, 4.0, 0.0))]
    plans = [plan for plan in walks(*Flat(solids=islands).mesh(), count=24) if isinstance(plan, EpisodePlan)]
    assert len(plans) == 24
    sides = {bool(plan.start[0] > 6) for plan in plans}
    assert sides == {False, True}
    assert all((plan.start[0] > 6) == (plan.goal[0] > 6) for plan in plans)


def test_a_grid_over_the_cap_is_an_error() -> None:
    mesh = Flat(solids=[((0.0, 0.0, -0.1), (100.0, 100.0, 0.0))]).mesh(edge=1e9)
    with pytest.raises(SceneError, match=r"mesh/mesh, storey 0.*cap"):
        next(walks(*mesh, count=1, settings=Navigation(max_cells=10_000)))


@pytest.mark.parametrize(
    ("vertices", "triangles"),
    [(np.zeros((0, 3)), np.zeros((0, 3), int)), (np.full((3, 3), np.nan), [[0, 1, 2]])],
    ids=["empty", "nan"],
)
def test_a_mesh_that_cannot_be_used_is_an_error(vertices: np.ndarray, triangles: np.ndarray) -> None:
    with pytest.raises(SceneError):
        next(walks(vertices, triangles, count=1))


def test_warming_up_compiles_what_planning_needs() -> None:
    """In a fresh process on a copy whose kernels were cached by another process, planning compiles nothing."""
    warm_up()
    script = (
        "import numpy as np, factory.navigation.fields as fields, factory.navigation.optimise as optimise\n"
        "from factory.navigation import warm_up\n"
        "warm_up()\n"
        "for kernel in (fields._settle, optimise._minimise):\n"
        "    assert sum(kernel.stats.cache_hits.values()) == 1, kernel.stats\n"
        "    assert not kernel.stats.cache_misses, kernel.stats\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=120)


@pytest.mark.slow
def test_an_installation_that_cannot_be_written_still_plans(tmp_path: Path) -> None:
    """Kernels then go where NUMBA_CACHE_DIR says."""
    for room in ("factory", "schemas"):
        shutil.copytree(ROOT / room, tmp_path / "install" / room, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [tmp_path / "install", *(tmp_path / "install").rglob("*")]:
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kernels"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-c", "from factory.navigation import warm_up; warm_up()"],
        cwd=tmp_path / "install", env=environment, check=True, timeout=200,
    )  # fmt: skip
    for folder in [tmp_path / "install", *(tmp_path / "install").rglob("*")]:
        folder.chmod(0o755)
    assert any((tmp_path / "kernels").rglob("*.nbc"))
