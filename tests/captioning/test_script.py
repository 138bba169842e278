"""The steps of a text, before it has words."""

from __future__ import annotations

import math

import pytest

from captioning.observed import Observed, observe
from captioning.script import Go, Step, Stop, Turn, write_script
from schemas.scenes import Scene
from tests.rooms import two_rooms
from tests.views import gallery, look, walk

TWO_ROOMS = two_rooms()


def seen(scene: Scene, corners: list[tuple[float, float]]) -> Observed:
    return observe(scene, look(scene, walk(scene, corners)))


def script(observed: Observed, scope: str = "walk") -> tuple[Step, ...]:
    return write_script(observed, scope, 0, observed.plan.frames - 1)


def test_a_straight_to_a_thing_goes_towards_it_and_stops_in_front() -> None:
    steps = script(seen(TWO_ROOMS, [(1.0, 0.8), (1.0, 2.6)]))
    go, stop = steps
    assert isinstance(go, Go)
    assert isinstance(stop, Stop)
    assert go.towards is not None
    assert go.towards.text == "the sofa"
    assert go.reaches
    assert (stop.at, stop.side) == (go.towards, "ahead")
    assert stop.distance == pytest.approx(0.5, abs=0.01)


def test_a_walk_through_the_door_enters_the_other_room() -> None:
    steps = script(seen(TWO_ROOMS, [(0.6, 0.6), (4.0, 2.0), (6.0, 2.0), (6.0, 3.5)]))
    entries = [step.entry for step in steps if isinstance(step, (Go, Turn)) and step.entry]
    assert [(entry.leaves, entry.enters, entry.doorway) for entry in entries] == [("living room", "bedroom", True)]
    assert isinstance(steps[-1], Stop)
    assert steps[-1].room == "bedroom"


def test_turns_have_the_measured_angle_and_sense() -> None:
    steps = script(seen(TWO_ROOMS, [(3.5, 0.6), (3.5, 3.0), (2.6, 3.0)]))
    turns = [step for step in steps if isinstance(step, Turn)]
    assert [math.degrees(turn.angle) for turn in turns] == [pytest.approx(90, abs=6)]


def test_a_small_turn_is_told_of_a_clip_but_not_of_a_walk() -> None:
    observed = seen(TWO_ROOMS, [(0.5, 2.8), (3.0, 2.8), (4.5, 1.9)])
    assert any(isinstance(step, Turn) for step in script(observed, "clip"))
    assert not any(isinstance(step, Turn) for step in script(observed, "walk"))


def test_straights_around_a_turn_that_is_not_told_are_one() -> None:
    observed = seen(TWO_ROOMS, [(0.5, 2.8), (3.0, 2.8), (4.5, 1.9)])
    (go,) = [step for step in script(observed) if isinstance(step, Go)]
    assert go.length == pytest.approx(observed.travelled[-1], abs=0.01)


def test_only_the_end_of_a_walk_has_a_stop() -> None:
    observed = seen(TWO_ROOMS, [(0.6, 0.6), (4.0, 2.0), (6.0, 2.0)])
    assert not any(isinstance(step, Stop) for step in write_script(observed, "clip", 0, 60))


def test_a_landmark_is_named_once_and_the_one_at_the_end_is_kept_for_the_stop() -> None:
    observed = seen(TWO_ROOMS, [(0.6, 0.6), (3.2, 0.8), (3.4, 2.0), (6.0, 2.0), (6.5, 2.8), (8.0, 2.6)])
    steps = script(observed)
    passed = [mention.instance for step in steps if isinstance(step, Go) for mention, _ in step.past]
    assert isinstance(steps[-1], Stop)
    assert steps[-1].at is not None
    assert len(passed) == len(set(passed))
    assert steps[-1].at.instance not in passed


def test_the_second_of_a_kind_that_is_passed_is_called_the_second() -> None:
    row = gallery([("chair", "chair"), ("chair", "chair"), ("chair", "chair")], spacing=3.0)
    observed = seen(row, [(0.0, 0.3), (9.5, 0.3)])
    frames = [frame for frame, _, _ in observed.passed(0, observed.plan.frames - 1)]
    texts = []
    for _, end in zip(frames, [*frames[1:], observed.plan.frames - 1], strict=True):
        (go, *_) = write_script(observed, "clip", 0, end - 2)
        assert isinstance(go, Go)
        texts += [mention.text for mention, _ in go.past]
    assert texts[0] == "a chair"
    assert set(texts) <= {"a chair", "the second chair", "the third chair"}


def test_of_things_alike_in_view_one_is_named_with_a() -> None:
    row = gallery([("chair", "chair"), ("plant", "plant"), ("chair", "chair")])
    observed = seen(row, [(0.0, 0.3), (5.0, 0.3)])
    (go, *_) = script(observed)
    assert isinstance(go, Go)
    assert {mention.text for mention, _ in go.past} == {"a chair", "the plant"}


def test_a_bare_walk_is_a_distance_and_a_stop() -> None:
    steps = script(seen(gallery([]), [(0.0, 0.3), (2.5, 0.3)]))
    assert [type(step) for step in steps] == [Go, Stop]
    assert isinstance(steps[0], Go)
    assert (steps[0].past, steps[0].towards, steps[0].entry) == ((), None, None)


def test_a_single_frame_has_a_script() -> None:
    observed = seen(TWO_ROOMS, [(0.6, 0.6), (1.6, 0.6)])
    assert len(write_script(observed, "clip", 3, 3)) == 1
