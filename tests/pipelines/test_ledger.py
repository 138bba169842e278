"""The ledger: counts that add up, times that go to the right stage."""

from __future__ import annotations

import time
from types import SimpleNamespace

from pipelines.ledger import Ledger
from schemas.outcomes import Reason, Rejected
from schemas.records import record_of
from tests.walks import scene, unit, walk


def test_outcomes_are_counted_by_kind():
    ledger = Ledger("unit", 5)
    ledger.enter(Rejected(Reason.UNREACHABLE, ""))
    ledger.enter(Rejected(Reason.UNREACHABLE, ""))
    ledger.enter(SimpleNamespace(rendered=SimpleNamespace(plan=SimpleNamespace(frames=7))))  # type: ignore[arg-type]
    report = ledger.report(size=99)
    assert (report.unit, report.planned, report.attempted, report.written) == ("unit", 5, 3, 1)
    assert (report.frames, report.bytes) == (7, 99)
    assert report.rejected == {"unreachable": 2}


def test_rows_of_another_table_and_copied_records_are_counted_as_what_they_are():
    ledger = Ledger("unit", 3)
    ledger.carry({"outcome": "rejected", "reason": "too_short"})
    ledger.carry({"outcome": "quarantined", "reason": None})
    ledger.enter(record_of(walk(0), scene(), unit()))
    report = ledger.report()
    assert (report.attempted, report.written, report.quarantined) == (3, 1, 1)
    assert (report.rejected, report.frames) == ({"too_short": 1}, walk(0).rendered.plan.frames)


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
