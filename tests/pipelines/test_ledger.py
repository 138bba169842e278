"""The ledger: counts that add up, times that go to the right stage."""

from __future__ import annotations

import time
from types import SimpleNamespace

from pipelines.ledger import Ledger
from schemas.outcomes import Reason, Rejected


def test_outcomes_are_counted_by_kind():
    ledger = Ledger("unit", 5)
    ledger.enter(Rejected(Reason.UNREACHABLE, ""))
    ledger.enter(Rejected(Reason.UNREACHABLE, ""))
    ledger.enter(SimpleNamespace(rendered=SimpleNamespace(plan=SimpleNamespace(frames=7))))  # type: ignore[arg-type]
    report = ledger.report(size=99)
    assert (report.unit, report.planned, report.attempted, report.written) == ("unit", 5, 3, 1)
    assert (report.frames, report.bytes) == (7, 99)
    assert report.rejected == {"unreachable": 2}


def test_a_report_does_not_change_when_the_ledger_goes_on():
    ledger = Ledger("unit", 5)
    before = ledger.report()
    ledger.enter(Rejected(Reason.UNREACHABLE, ""))
    assert before.attempted == 0
    assert before.rejected == {}


def test_time_goes_to_the_stage_it_was_spent_in():
    ledger = Ledger("unit", 5)

    def slow():
        for item in "ab":
            time.sleep(0.03)
            yield item

    for _ in ledger.timed("render", slow()):
        with ledger.spent("write"):
            time.sleep(0.01)
    seconds = ledger.report().stage_seconds
    assert 0.06 <= seconds["render"] < 0.2
    assert 0.02 <= seconds["write"] < 0.1
