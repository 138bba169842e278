"""Whole runs that are killed and relaunched, as processes: what no test inside the process can see."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from factory.storage import open_storage
from tests.factory.engine import driver, works

ROOT = Path(__file__).parents[3]
COUNT = 40


def launch(out: Path, executor: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.factory.engine.driver", str(out), executor, str(COUNT)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def expected(folder: Path) -> dict[str, bytes]:
    for job in works.jobs(COUNT):
        works.write(str(folder), job)
    return works.outputs(folder)


def kill_at_random_moments(
    out: Path, executor: str, kills: int, generator: np.random.Generator
) -> list[psutil.Process]:
    """Each time some way into the work. The workers that the killed ones had."""
    orphans = []
    for _ in range(kills):
        process = launch(out, executor)
        while (line := heard(process)) and not line.startswith("Started"):
            pass
        time.sleep(generator.uniform(0.0, 0.3))
        orphans += workers_of(process)
        process.kill()
        process.wait()
    return orphans


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Ray's worker processes, the ones that could go on writing; its agents take a minute to notice."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if child.name().startswith(("ray::attempt", "ray::IDLE"))]


def all_die(processes: list[psutil.Process]) -> bool:
    until = time.monotonic() + 30
    while any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def finish(out: Path, executor: str) -> list[str]:
    process = launch(out, executor)
    told = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 0
    return told


def check(out: Path, tmp_path: Path, kills: int, workers: int) -> None:
    open_storage(str(out)).sweep()
    assert works.outputs(out) == expected(tmp_path / "expected")
    assert sorted(path.name for path in (out / "made").iterdir()) == [job.id for job in works.jobs(COUNT)]
    # Only what was in flight at a kill is done again.
    assert COUNT <= len(list((out / "attempts").iterdir())) <= COUNT + kills * workers


@pytest.mark.slow
def test_a_run_killed_ten_times_and_relaunched_loses_nothing_and_makes_nothing_twice(tmp_path: Path) -> None:
    out = tmp_path / "out"
    kill_at_random_moments(out, "inline", 10, np.random.default_rng(7))
    made = len(list((out / "made").glob("job-*")))
    told = finish(out, "inline")
    assert 0 < made < COUNT and told[0] == f"skipped {made}"
    assert sum(line.startswith("Started") for line in told) == COUNT - made
    check(out, tmp_path, kills=10, workers=1)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_run_cleanly(tmp_path: Path, sent: signal.Signals) -> None:
    out = tmp_path / "out"
    process = launch(out, "inline")
    while not heard(process).startswith("Finished"):
        pass
    process.send_signal(sent)
    assert process.wait(timeout=30) == 130
    assert finish(out, "inline")[0] != "skipped 0"
    check(out, tmp_path, kills=1, workers=1)


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.usefixtures("two_workers")
def test_a_run_on_ray_killed_then_terminated_then_relaunched_loses_nothing(tmp_path: Path) -> None:
    """The workers must die with the driver, or they would go on beside the relaunched ones."""
    out = tmp_path / "out"
    assert all_die(kill_at_random_moments(out, "ray", 1, np.random.default_rng(8)))

    process = launch(out, "ray")
    while not heard(process).startswith("Finished"):
        pass
    workers = workers_of(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    assert workers and all_die(workers)

    assert driver.main(str(out), "ray", COUNT) == 0
    check(out, tmp_path, kills=2, workers=2)
