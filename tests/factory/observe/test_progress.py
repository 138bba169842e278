from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator

import pytest
from rich.console import Console

from factory.engine import Advanced, Fault, Finished, Opened, Quarantined, Retried, Started, UnitReport
from factory.observe.progress import Progress, duration, fault_line, opening_line, view
from factory.observe.tally import Tally
from tests.factory.observe.test_tally import Clock

FAULT = Fault("SceneError", "scene [red]x[/red]: no triangles\nsecond line", "", transient=False)
DONE = UnitReport("a", 4, 2, {"too_short": 1, "no_goal": 1}, 0, 80, 3_000_000, {"plan": 1.0, "render": 3.0})


def told(*, terminal: bool = False) -> tuple[Progress, io.StringIO, Clock]:
    stream, clock = io.StringIO(), Clock()
    return Progress(Console(file=stream, force_terminal=terminal, width=100), clock), stream, clock


def test_the_first_line_says_what_is_done_open_and_quarantined() -> None:
    assert opening_line(Opened("unit", 12, 3, 9, 0)) == "3 of 12 units done already, 9 open, 0 quarantined"
    assert (
        opening_line(Opened("scene", 4, 0, 4, 2)) == "0 of 4 scenes done already, 4 open, 2 quarantined and tried again"
    )
    progress, stream, _ = told()
    with progress:
        progress(Opened("unit", 12, 3, 9, 0))
    assert stream.getvalue().startswith("3 of 12 units done already")


def test_without_a_terminal_there_is_a_line_every_ten_seconds_and_one_at_the_end() -> None:
    progress, stream, clock = told()
    with progress:
        progress(Opened("unit", 2, 0, 2, 0))
        progress(Started("a", 1, 0.0, "h:1"))
        for _ in range(25):
            clock.now += 1
            progress(Advanced("a", 0.0, DONE))
        progress(Finished("a", 1, 25.0, 25.0, DONE))
        progress(Started("b", 1, 25.0, "h:1"))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[-1] == (
        "1 of 2 units · 1 in flight · 2 episodes written, 2 rejected (no_goal 1, too_short 1) · 3.2 frames/s · "
        "plan 25%, render 75% · 25 s gone, about 25 s left"
    )
    assert "\x1b" not in stream.getvalue()


def test_faults_are_told_at_once_in_one_line_and_names_are_no_markup() -> None:
    progress, stream, _ = told()
    with progress:
        progress(Opened("unit", 1, 0, 1, 0))
        progress(Retried("a", 1, 0.0, FAULT))
        progress(Quarantined("a", 2, 0.0, FAULT))
    lines = stream.getvalue().splitlines()
    assert lines[1] == "a: attempt 1 failed and is tried again (SceneError: scene [red]x[/red]: no triangles)"
    assert lines[2] == fault_line(Quarantined("a", 2, 0.0, FAULT))
    assert "see quarantine/a.json" in lines[2]


def test_a_fault_without_a_message_has_a_line_too() -> None:
    assert "MemoryError" in fault_line(Retried("a", 1, 0.0, Fault("MemoryError", "", "", transient=True)))


def test_runs_that_follow_each_other_are_counted_apart() -> None:
    progress, stream, _ = told()
    with progress:
        progress(Opened("scene", 1, 0, 1, 0))
        progress(Finished("home", 1, 1.0, 1.0, "surveyed"))
        progress(Opened("unit", 5, 0, 5, 0))
    lines = stream.getvalue().splitlines()
    assert lines[1].startswith("1 of 1 scenes")
    assert lines[2] == "0 of 5 units done already, 5 open, 0 quarantined"
    assert lines[3].startswith("0 of 5 units")


def test_a_run_with_nothing_open_says_only_the_first_line() -> None:
    progress, stream, _ = told()
    with progress:
        progress(Opened("unit", 5, 5, 0, 0))
    assert stream.getvalue() == "5 of 5 units done already, 0 open, 0 quarantined\n"


def test_the_live_view_shows_stages_rates_rejections_and_what_is_in_flight() -> None:
    clock = Clock()
    tally = Tally(Opened("unit", 30, 0, 30, 0), clock)
    tally.enter(Finished("a", 1, 1.0, 1.0, DONE))
    for i in range(10):
        tally.enter(Started(f"unit-{i}", 2, 0.0, "h:1"))
    clock.now += 40
    stream = io.StringIO()
    Console(file=stream, width=120).print(view(tally))
    shown = stream.getvalue()
    for words in ("1 of 30 units", "2 rejected (no_goal 1, too_short 1)", "80 frames, 2.0/s", "3.0 MB"):
        assert words in shown
    render = next(line for line in shown.splitlines() if line.strip().startswith("render"))
    assert "75%" in render and "1.33" in render
    assert "unit-7" in shown and "unit-8" not in shown and "and 2 more" in shown


def test_on_a_terminal_the_display_is_live_and_leaves_the_last_line_standing() -> None:
    progress, stream, clock = told(terminal=True)
    with progress:
        progress(Opened("unit", 1, 0, 1, 0))
        progress(Started("a", 1, 0.0, "h:1"))
        clock.now += 2
        progress(Finished("a", 1, 2.0, 2.0, DONE))
    assert "\x1b[" in stream.getvalue()
    assert "1 of 1 units" in stream.getvalue().splitlines()[-1] + stream.getvalue().splitlines()[-2]


def test_durations_are_for_people() -> None:
    assert [duration(s) for s in (0.4, 59.4, 61, 3599, 3600, 18420)] == [
        "0 s", "59 s", "1 min 01 s", "59 min 59 s", "1 h 00 min", "5 h 07 min",
    ]  # fmt: skip


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_the_display_may_refresh_while_events_come_in() -> None:
    progress, _, _ = told()
    progress(Opened("unit", 1000, 0, 1000, 0))
    failed: list[Exception] = []

    def refresh() -> None:
        try:
            for _ in range(1500):
                progress._view()
        except Exception as error:
            failed.append(error)

    refreshing = threading.Thread(target=refresh)
    refreshing.start()
    count = 0
    while refreshing.is_alive():
        count += 1
        progress(Started(f"unit-{count}", 1, 0.0, "h:1"))
        progress(Advanced(f"unit-{count}", 0.0, DONE))
        if count > 20:
            progress(Finished(f"unit-{count - 20}", 1, 0.0, 1.0, DONE))
    refreshing.join()
    assert failed == []
