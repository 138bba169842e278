from __future__ import annotations

import pytest

from factory.engine import RunSummary, UnitReport, add_up


def test_reports_add_up_field_by_field() -> None:
    one = UnitReport("a", 4, 2, {"too_short": 1, "no_goal": 1}, 0, 50, 1000, {"plan": 1.0, "render": 2.0})
    two = UnitReport("b", 3, 1, {"too_short": 1}, 1, 20, 500, {"render": 3.5})
    assert add_up([one, two]) == UnitReport(
        "all", 7, 3, {"too_short": 2, "no_goal": 1}, 1, 70, 1500, {"plan": 1.0, "render": 5.5}
    )


def test_no_reports_add_up_to_nothing() -> None:
    assert add_up([]) == UnitReport("all", 0, 0, {}, 0, 0, 0, {})


def test_the_quarantined_share_is_of_all_items_the_skipped_included() -> None:
    assert RunSummary({"a": 1, "b": 2}, 1, ("c",), 0.0).quarantined_share == pytest.approx(0.25)
    assert RunSummary({}, 0, (), 0.0).quarantined_share == 0.0
