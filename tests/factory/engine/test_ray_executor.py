"""The run loop on a real Ray: what only real worker processes can show (death, hangs, room, parallel work)."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray

from factory.engine import Advanced, Event, Finished, Quarantined, Retried, RunSummary, Started, ray_executor, run
from factory.storage import open_storage
from schemas.errors import RecipeError, TransientError
from schemas.recipe import Engine
from tests.factory.engine import works
from tests.factory.engine.works import Job, jobs

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("two_workers")]


def do(out: Path, work: Any, count: int, options: Engine, events: list[Event] | None = None) -> RunSummary[Any]:
    heard: list[Event] = [] if events is None else events
    return run(jobs(count), partial(work, str(out)), options, open_storage(str(out)), heard.append)


def test_inline_one_worker_and_two_make_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name, options in {
        "inline": Engine(executor="inline"),
        "one": Engine(executor="ray", workers=1),
        "two": Engine(executor="ray", workers=2),
    }.items():
        summary = do(tmp_path / name, works.write, 12, options)
        assert summary.done == 12
        made.append(works.outputs(tmp_path / name))
    assert made[0] == made[1] == made[2] and len(made[0]) == 12


def test_never_more_are_in_flight_than_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        summary = do(tmp_path, works.nap, 4, Engine(workers=workers))
        spans = list(summary.results.values())
        most = max(sum(began <= moment < ended for began, ended in spans) for moment, _ in spans)
        assert most == workers


def test_a_killed_worker_is_survived(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.die_at_first, 4, Engine(workers=2), events)
    assert summary.done == 4 and summary.quarantined == ()
    retried = [event for event in events if isinstance(event, Retried)]
    assert [(event.id, event.attempt, event.fault.kind) for event in retried] == [("job-001", 1, "WorkerCrashedError")]


def test_one_that_kills_its_worker_each_time_is_quarantined_and_the_rest_completes(tmp_path: Path) -> None:
    summary = do(tmp_path, works.always_die, 6, Engine(workers=2, retries=1))
    assert summary.quarantined == ("job-000",) and summary.done == 5
    assert works.attempts(str(tmp_path), Job("job-000")) == 2
    told = json.loads((tmp_path / "quarantine" / "job-000.json").read_text())
    assert (told["exception"], told["attempts"]) == ("WorkerCrashedError", 2)


def test_a_hang_is_cut_off_with_its_children_and_retried(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.hang_at_first, 3, Engine(workers=2, deadline=2.0), events)
    assert summary.done == 3
    retried = [event for event in events if isinstance(event, Retried)]
    assert [(event.id, event.fault.kind) for event in retried] == [("job-001", "DeadlineExceeded")]
    child = int((tmp_path / "child.pid").read_text())
    until = time.monotonic() + 10
    while _alive(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _alive(child)


def test_time_spent_waiting_for_a_worker_does_not_count_towards_the_deadline(tmp_path: Path) -> None:
    summary = do(tmp_path, works.nap, 8, Engine(workers=8, deadline=1.0, retries=0))
    assert summary.done == 8 and summary.seconds > 1.2


def test_a_poison_unit_is_quarantined_at_once_with_the_reason(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.refuse_every_third, 5, Engine(workers=2), events)
    assert summary.quarantined == ("job-000", "job-003") and summary.done == 3
    given_up = [event for event in events if isinstance(event, Quarantined)]
    assert {event.fault.message for event in given_up} == {
        "scene job-000: no triangles; leave it out with `select`",
        "scene job-003: no triangles; leave it out with `select`",
    }


def test_a_start_is_told_with_the_place_before_the_end(tmp_path: Path) -> None:
    events: list[Event] = []
    do(tmp_path, works.write, 2, Engine(workers=2), events)
    for job in jobs(2):
        own = [event for event in events if isinstance(event, (Started, Finished)) and event.id == job.id]
        assert [type(event) for event in own] == [Started, Finished]
        assert isinstance(own[0], Started) and ":" in own[0].place


def test_a_cluster_without_room_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_executor, "PATIENCE", 1.5)
    begun = tmp_path / "begun"
    other = ray.remote(num_cpus=2)(works.occupy).remote(str(begun))
    try:
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with pytest.raises(TransientError, match="took no unit in 1.5 s; each needs 1 CPUs"):
            do(tmp_path, works.write, 2, Engine(workers=2))
    finally:
        ray.cancel(other, force=True)


def test_an_answer_that_cannot_be_sent_is_a_fault_like_any_other(tmp_path: Path) -> None:
    summary = do(tmp_path, works.answer_what_cannot_be_sent, 1, Engine(workers=1, retries=0))
    told = json.loads((tmp_path / "quarantine" / "job-000.json").read_text())
    assert summary.quarantined == ("job-000",) and "pickle" in told["message"]


def test_work_that_yields_is_told_on_the_way(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.write_telling, 2, Engine(workers=2), events)
    told = [event.so_far for event in events if isinstance(event, Advanced) and event.id == "job-001"]
    assert len(told) == 3 and told[-1] == summary.results["job-001"]


def test_a_unit_that_no_machine_can_hold_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="a unit takes 64 CPUs .* this machine has 2"):
        do(tmp_path, works.write, 1, Engine(cpus_per_unit=64))


def _alive(pid: int) -> bool:
    return any(process.pid == pid and process.status() != psutil.STATUS_ZOMBIE for process in psutil.process_iter())
