from __future__ import annotations

import pytest

from factory.engine import Advanced, Event, Fault, Finished, Opened, Quarantined, Retried, Started, UnitReport
from factory.observe.tally import Stage, Tally

FAULT = Fault("TransientError", "the render child was killed", "", transient=True)


class Clock:
    """A clock that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def report(attempted: int, written: int, **stages: float) -> UnitReport:
    """Of an item of four episodes."""
    rejected = {"too_short": attempted - written} if attempted > written else {}
    return UnitReport("any", attempted, written, rejected, 0, 10 * written, 100 * written, stages, 4)


def tally(*events: Event, open_items: int = 4, clock: Clock | None = None) -> Tally:
    counted = Tally(Opened("unit", open_items + 2, 2, open_items, 0), clock or Clock())
    for event in events:
        counted.enter(event)
    return counted


def test_finished_and_running_items_add_up() -> None:
    counted = tally(
        Started("a", 1, 0.0, "host:1"),
        Started("b", 1, 0.0, "host:2"),
        Advanced("b", 1.0, report(2, 1, plan=1.0)),
        Finished("a", 1, 2.0, 2.0, report(4, 3, plan=1.0, render=6.0)),
    )
    assert counted.done == 1 and list(counted.running) == ["b"]
    assert (counted.report.attempted, counted.report.written, counted.report.frames) == (6, 4, 40)
    assert counted.report.rejected == {"too_short": 2}
    assert counted.stages == (Stage("plan", 0.25, 3.0), Stage("render", 0.75, 1.0))


def test_what_a_failed_attempt_told_is_taken_back() -> None:
    counted = tally(
        Started("a", 1, 0.0, "host:1"), Advanced("a", 1.0, report(2, 2, plan=1.0)), Retried("a", 1, 2.0, FAULT)
    )
    assert counted.report.attempted == 0 and counted.running == {} and counted.retries == 1


def test_an_attempt_may_fail_before_it_was_told_to_have_started() -> None:
    assert tally(Retried("a", 1, 0.0, FAULT), Quarantined("a", 2, 1.0, FAULT)).quarantined == 1


def test_items_that_answer_something_else_are_counted_as_items_only() -> None:
    counted = tally(Started("a", 1, 0.0, "h:1"), Advanced("a", 0.5, "half"), Finished("a", 1, 1.0, 1.0, {"storeys": 2}))
    assert counted.done == 1 and counted.report.attempted == 0 and counted.stages == ()


def test_the_time_left_follows_from_the_pace() -> None:
    clock = Clock()
    counted = tally(clock=clock)
    assert counted.remaining is None
    clock.now += 30
    counted.enter(Started("a", 1, 0.0, "h:1"))
    counted.enter(Finished("a", 1, 30.0, 30.0, report(4, 4)))
    assert counted.elapsed == 30
    assert counted.remaining == pytest.approx(90)


def test_an_item_half_done_counts_half() -> None:
    clock = Clock()
    counted = tally(Started("a", 1, 0.0, "h:1"), Started("b", 1, 0.0, "h:2"), clock=clock)
    clock.now += 30
    counted.enter(Finished("a", 1, 30.0, 30.0, report(4, 4)))
    counted.enter(Advanced("b", 30.0, report(2, 2)))
    assert counted.remaining == pytest.approx(30 / 1.5 * 2.5)


def test_the_first_episode_tells_how_long_it_will_take() -> None:
    clock = Clock()
    counted = tally(Started("a", 1, 0.0, "h:1"), Advanced("a", 0.0, report(0, 0)), clock=clock)
    clock.now += 30
    assert counted.remaining is None
    counted.enter(Advanced("a", 30.0, report(1, 0)))
    assert counted.remaining == pytest.approx(30 / 0.25 * 3.75)


def test_nothing_is_left_when_all_are_settled() -> None:
    done = [Finished(name, 1, 1.0, 1.0, report(4, 4)) for name in "abc"]
    assert tally(*done, Quarantined("d", 1, 1.0, FAULT)).remaining == 0
    assert tally(*[Quarantined(name, 1, 1.0, FAULT) for name in "abcd"]).remaining == 0
    assert tally(open_items=0).remaining == 0
