"""The run loop with the inline executor: what is retried, given up, resumed and told."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.engine import (
    Advanced,
    Event,
    Finished,
    Opened,
    Quarantined,
    Retried,
    RunSummary,
    Started,
    UnitReport,
    quarantined,
    run,
)
from factory.storage import open_storage
from schemas.errors import MissingExtraError, SceneError, StorageError, TransientError
from schemas.recipe import Engine
from tests.factory.engine import works
from tests.factory.engine.works import Job, jobs

INLINE = Engine(executor="inline", retries=2)


def do(
    out: Path, work: Callable[[str, Job], Any], items: list[Job], events: list[Event], **keywords: Any
) -> RunSummary[Any]:
    return run(items, partial(work, str(out)), INLINE, open_storage(str(out)), events.append, **keywords)


def kinds(events: list[Event], name: str) -> list[type]:
    return [type(event) for event in events if not isinstance(event, Opened) and event.id == name]


def test_every_item_is_worked_on_once_and_told_in_order(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.write, jobs(3), events)
    assert summary.done == 3 and summary.skipped == 0 and summary.quarantined == ()
    assert list(works.outputs(tmp_path)) == ["job-000", "job-001", "job-002"]
    assert events[0] == Opened("unit", 3, 0, 3, 0)
    assert [kinds(events, job.id) for job in jobs(3)] == [[Started, Finished]] * 3
    assert summary.results["job-001"].written == 3


def test_finished_items_are_skipped_and_counted(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.write, jobs(5), events, finished={"job-001", "job-004", "not-of-this-run"})
    assert (summary.done, summary.skipped) == (3, 2)
    assert events[0] == Opened("unit", 5, 2, 3, 0)
    assert "job-001" not in works.outputs(tmp_path)


def test_nothing_open_starts_nothing(tmp_path: Path) -> None:
    options = Engine(executor="ray", address="no-such-host:1")
    summary = run(jobs(2), partial(works.write, "x"), options, open_storage(str(tmp_path)), lambda e: None,
                  {"job-000", "job-001"})  # fmt: skip
    assert (summary.done, summary.skipped, summary.quarantined_share) == (0, 2, 0.0)


def test_work_that_yields_is_told_on_the_way_and_its_last_answer_is_the_result(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.write_telling, jobs(1), events)
    assert kinds(events, "job-000") == [Started, Advanced, Advanced, Advanced, Finished]
    so_far = [event.so_far for event in events if isinstance(event, Advanced)]
    assert [report.attempted for report in so_far if isinstance(report, UnitReport)] == [1, 2, 4]
    assert summary.results["job-000"] == so_far[-1]


def test_work_that_yields_nothing_has_not_done_its_item(tmp_path: Path) -> None:
    assert do(tmp_path, works.yield_nothing, jobs(1), []).quarantined == ("job-000",)


def test_work_that_breaks_off_between_answers_is_retried(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.break_off, jobs(1), events)
    assert summary.quarantined == ("job-000",)
    assert kinds(events, "job-000") == [Started, Advanced, Retried] * 2 + [Started, Advanced, Quarantined]


def test_an_interrupt_between_answers_lets_the_work_clean_up(tmp_path: Path) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, Advanced):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(jobs(1), partial(works.break_off, str(tmp_path)), INLINE, open_storage(str(tmp_path)), interrupt)
    assert (tmp_path / "cleaned-job-000").exists()


def test_a_transient_fault_is_retried_until_it_passes(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.fail_until_third_attempt, jobs(1), events)
    assert summary.done == 1
    assert kinds(events, "job-000") == [Started, Retried, Started, Retried, Started, Finished]
    last = events[-1]
    assert isinstance(last, Finished) and last.attempt == 3


def test_a_retried_item_goes_to_the_end_of_the_queue(tmp_path: Path) -> None:
    events: list[Event] = []
    do(tmp_path, works.fail_until_third_attempt, jobs(2), events)
    started = [event.id for event in events if isinstance(event, Started)]
    assert started == ["job-000", "job-001"] * 3


def test_a_unit_at_fault_is_quarantined_at_once_and_the_rest_completes(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.refuse_every_third, jobs(7), events)
    assert summary.quarantined == ("job-000", "job-003", "job-006")
    assert summary.done == 4 and summary.quarantined_share == pytest.approx(3 / 7)
    assert kinds(events, "job-003") == [Started, Quarantined]
    assert works.attempts(str(tmp_path), Job("job-003")) == 1


def test_a_bug_is_retried_as_chance_and_then_quarantined_with_its_traceback(tmp_path: Path) -> None:
    summary = do(tmp_path, works.stumble_on_a_bug, jobs(1), [])
    assert summary.quarantined == ("job-000",)
    assert works.attempts(str(tmp_path), Job("job-000")) == 1 + INLINE.retries
    told = json.loads((tmp_path / "quarantine" / "job-000.json").read_text())
    assert (told["exception"], told["message"], told["attempts"]) == ("ZeroDivisionError", "job-000", 3)
    assert any("stumble_on_a_bug" in line for line in told["traceback"])


def test_the_quarantine_file_ends_with_the_last_lines_of_the_log(tmp_path: Path) -> None:
    open_storage(str(tmp_path)).write("logs/job-000.log", b"".join(b"line %d\n" % i for i in range(100)))
    do(tmp_path, works.refuse_every_third, jobs(1), [])
    told = json.loads((tmp_path / "quarantine" / "job-000.json").read_text())
    assert told["log"] == "logs/job-000.log"
    assert told["log_end"][0] == "line 60" and told["log_end"][-1] == "line 99"


def test_a_relaunch_tries_the_quarantined_again_and_releases_the_mended(tmp_path: Path) -> None:
    do(tmp_path, works.refuse_every_third, jobs(4), [])
    events: list[Event] = []
    summary = do(tmp_path, works.write, jobs(4), events, finished={"job-001", "job-002"})
    assert events[0] == Opened("unit", 4, 2, 2, 2)
    assert summary.done == 2 and summary.quarantined == ()
    assert list((tmp_path / "quarantine").iterdir()) == []


def test_storage_that_fails_ends_the_run_after_its_retries_and_quarantines_nobody(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="job-000: .*no space left on device"):
        do(tmp_path, works.find_the_disk_full, jobs(1), [])
    assert works.attempts(str(tmp_path), Job("job-000")) == 3
    assert not (tmp_path / "quarantine").exists()


def test_a_missing_extra_ends_the_run_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match="pip install"):
        do(tmp_path, works.miss_blender, jobs(5), [])
    assert len(list((tmp_path / "attempts").iterdir())) == 1


def test_sigterm_ends_the_run_as_an_interrupt_and_the_handler_is_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def terminate(job: Job) -> None:
        if job.id == "job-001":
            os.kill(os.getpid(), signal.SIGTERM)

    events: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        run(jobs(5), terminate, INLINE, open_storage(str(tmp_path)), events.append)
    assert signal.getsignal(signal.SIGTERM) is before
    assert [event.id for event in events if isinstance(event, Finished)] == ["job-000"]


def test_items_of_the_same_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same id"):
        do(tmp_path, works.write, [Job("a"), Job("a")], [])
    assert not (tmp_path / "made").exists()


def test_times_are_seconds_since_the_run_began(tmp_path: Path) -> None:
    events: list[Event] = []
    summary = do(tmp_path, works.nap, jobs(2), events)
    finished = [event for event in events if isinstance(event, Finished)]
    assert [round(event.seconds, 1) for event in finished] == [0.4, 0.4]
    assert 0.4 <= finished[0].at < finished[1].at <= summary.seconds < 5


OUTCOMES = st.sampled_from(["good", "transient", "own fault", "bug"])


@given(
    scripts=st.lists(st.lists(OUTCOMES, max_size=4), max_size=6),
    retries=st.integers(0, 3),
    done_before=st.sets(st.integers(0, 5)),
)
def test_whatever_fails_every_item_ends_in_one_place_after_as_many_attempts_as_it_may_have(
    scripts: list[list[str]], retries: int, done_before: set[int]
) -> None:
    """An item follows its script, an outcome an attempt, and is good after that."""
    items = jobs(len(scripts))
    left = {job.id: list(script) for job, script in zip(items, scripts, strict=True)}
    finished = {job.id for i, job in enumerate(items) if i in done_before}
    events: list[Event] = []
    storage = open_storage(f"memory://run-{len(scripts)}")
    summary = run(items, partial(_follow, left), Engine(executor="inline", retries=retries), storage, events.append,
                  finished)  # fmt: skip

    for job, script in zip(items, scripts, strict=True):
        attempts = sum(isinstance(event, Started) and event.id == job.id for event in events)
        if job.id in finished:
            assert attempts == 0
            continue
        lethal = [i for i, outcome in enumerate(script) if outcome == "own fault"]
        good = script.index("good") if "good" in script else len(script)
        last = min([good, retries, *lethal])
        assert attempts == last + 1
        assert (job.id in summary.results) == (last == good)
        assert (job.id in summary.quarantined) == (last != good)
    assert len(summary.results) + summary.skipped + len(summary.quarantined) == len(items)
    assert quarantined(storage) >= set(summary.quarantined)


def _follow(left: dict[str, list[str]], job: Job) -> str:
    match left[job.id].pop(0) if left[job.id] else "good":
        case "transient":
            raise TransientError("killed")
        case "own fault":
            raise SceneError("no triangles")
        case "bug":
            raise ZeroDivisionError
    return job.id
