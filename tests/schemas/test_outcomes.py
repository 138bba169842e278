"""Outcomes, errors and categories: closed sets that files on disk rely on."""

from __future__ import annotations

import inspect

import pytest

from schemas import errors
from schemas.categories import MPCAT40, STRUCTURE
from schemas.episodes import Clip, Generator, Instruction, Scores
from schemas.errors import NavfoundryError
from schemas.jsonable import from_json, to_json
from schemas.outcomes import Reason, Rejected
from tests.walks import walk


def test_reasons_are_words_for_tables_and_no_two_alike() -> None:
    values = [reason.value for reason in Reason]
    assert len(set(values)) == len(values) == 18
    for reason in Reason:
        assert reason.value == reason.name.lower() == str(reason)
        assert Reason(reason.value) is reason


def test_a_reason_that_is_not_one_is_refused() -> None:
    with pytest.raises(ValueError, match="bad_luck"):
        Reason("bad_luck")
    with pytest.raises(ValueError, match="reason"):
        from_json(Rejected, {"reason": "bad_luck", "detail": ""})


@pytest.mark.parametrize("reason", Reason)
def test_a_rejection_survives_its_way_through_a_file(reason: Reason) -> None:
    rejected = Rejected(reason, "clearance 0.19 m < 0.25 m")
    assert to_json(rejected) == {"reason": reason.value, "detail": "clearance 0.19 m < 0.25 m"}
    assert from_json(Rejected, to_json(rejected)) == rejected


def test_every_error_is_caught_as_one_a_user_can_act_on() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert len(kinds) == 8
    assert all(issubclass(kind, NavfoundryError) for kind in kinds)
    # None is another's special case: whoever catches storage faults must not catch a broken shard.
    others = [kind for kind in kinds if kind is not NavfoundryError]
    assert not [(a, b) for a in others for b in others if a is not b and issubclass(a, b)]


def test_categories_are_the_published_42_in_their_order() -> None:
    assert len(MPCAT40) == len(set(MPCAT40)) == 42
    # Rows of mpcat40.tsv.
    known = {"void": 0, "wall": 1, "chair": 3, "table": 5, "sofa": 10, "bed": 11, "toilet": 18, "tv_monitor": 22,
             "lighting": 28, "railing": 30, "gym_equipment": 33, "appliances": 37, "objects": 39, "misc": 40,
             "unlabeled": 41}  # fmt: skip
    for name, index in known.items():
        assert MPCAT40.index(name) == index


def test_structure_is_part_of_the_set_and_holds_no_landmark() -> None:
    assert set(MPCAT40) > STRUCTURE
    assert not STRUCTURE & {"door", "stairs", "window", "column", "sofa", "railing", "mirror"}


def test_a_plan_has_as_many_frames_as_times() -> None:
    plan = walk(frames=9).rendered.plan
    assert plan.frames == len(plan.camera_to_world) == len(plan.room) == 9


@pytest.mark.parametrize(
    "value",
    [
        Clip(0, 24, -0.25, 1.5),
        Scores(3.0, 2.5, 1.75, 0.0, 0.1, 4, 1.0),
        Instruction("walk", 0, 9, "Go „on“ → stop.", None, (3, 15), Generator("grounded", "1"), None),
        Instruction("clip", 0, 9, "Go.", "raw", (), Generator("vllm", "2", "m", "r", "0" * 64, {"seed": "1"}), 0.5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_record_holds_of_an_episode_survives_its_way_through_a_file(value: object) -> None:
    assert from_json(type(value), to_json(value)) == value
