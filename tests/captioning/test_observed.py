"""What a text may speak of: seen, named, on the right side, in the right order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captioning.observed import Observed, observe, observe_again
from factory.shards import ShardWriter, read_shard
from factory.storage import open_storage
from schemas.outcomes import Reason, Rejected
from schemas.scenes import Scene
from tests import walks
from tests.rooms import two_rooms
from tests.views import gallery, look, scene_of_boxes, walk

TWO_ROOMS = two_rooms()
SOFA, TABLE, PICTURE, BED = 11, 12, 13, 14
ROW = gallery([("chair", "chair"), ("plant", "plant"), ("chair", "chair"), ("sofa", "sofa")])
FIRST_CHAIR, PLANT, SECOND_CHAIR, COUCH = 5, 6, 7, 8


def along(scene: Scene, corners: list[tuple[float, float]]) -> Observed:
    return observe(scene, look(scene, walk(scene, corners)))


FORWARD = along(ROW, [(0.0, 0.3), (9.5, 0.3)])
BACKWARD = along(ROW, [(11.0, 0.3), (0.5, 0.3)])
END = FORWARD.plan.frames - 1


def test_things_are_passed_in_order_on_the_right() -> None:
    assert [(i, side) for _, i, side in FORWARD.passed(0, END)] == [
        (FIRST_CHAIR, "right"), (PLANT, "right"), (SECOND_CHAIR, "right"), (COUCH, "right"),
    ]  # fmt: skip


def test_on_the_way_back_they_are_on_the_left_in_reverse() -> None:
    passed = [(i, side) for _, i, side in BACKWARD.passed(0, BACKWARD.plan.frames - 1)]
    assert passed == [(COUCH, "left"), (SECOND_CHAIR, "left"), (PLANT, "left"), (FIRST_CHAIR, "left")]


def test_a_thing_is_passed_where_it_stands_abeam() -> None:
    for frame, instance, _ in FORWARD.passed(0, END):
        x = 2.0 + 2.0 * (instance - FIRST_CHAIR)
        assert FORWARD.plan.positions[frame, 0] == pytest.approx(x, abs=0.5)


def test_a_thing_is_passed_only_in_the_frames_in_which_that_happens() -> None:
    frames = {i: frame for frame, i, _ in FORWARD.passed(0, END)}
    assert [i for _, i, _ in FORWARD.passed(frames[PLANT] - 30, frames[PLANT] + 5)] == [PLANT]


def test_what_was_last_seen_long_before_is_not_passed() -> None:
    rendered = look(ROW, FORWARD.plan)
    frames = {i: frame for frame, i, _ in FORWARD.passed(0, END)}
    hidden = rendered.instance[frames[COUCH] - 120 : frames[COUCH] + 1]
    hidden[hidden == COUCH] = 0
    passed = {i for _, i, _ in observe(ROW, rendered).passed(0, END)}
    assert passed == {FIRST_CHAIR, PLANT, SECOND_CHAIR}


def test_what_stands_far_aside_is_not_passed() -> None:
    boxes = [
        ("floor", "floor", (-2.0, -6.0, -0.1), (9.0, 2.0, 0.0)),
        ("sofa", "sofa", (3.0, -1.5, 0.0), (4.0, -1.0, 0.9)),
        ("bed", "bed", (5.0, -4.0, 0.0), (6.5, -3.0, 0.9)),
    ]
    wide = scene_of_boxes([(label, category, low, high) for label, category, low, high in boxes])
    seen = along(wide, [(0.0, 0.3), (8.0, 0.3)])
    assert set(seen.landmarks(0, seen.plan.frames - 1).tolist()) == {2, 3}
    assert [i for _, i, _ in seen.passed(0, seen.plan.frames - 1)] == [2]


def test_structure_and_what_the_masks_do_not_show_are_no_landmarks() -> None:
    assert set(FORWARD.landmarks(0, END).tolist()) <= {FIRST_CHAIR, PLANT, SECOND_CHAIR, COUCH}
    blind = replace(look(ROW, FORWARD.plan), instance=np.zeros_like(look(ROW, FORWARD.plan).instance))
    assert observe(ROW, blind).landmarks(0, END).tolist() == []


def test_a_thing_in_too_few_frames_is_no_landmark() -> None:
    rendered = look(ROW, FORWARD.plan)
    rendered.instance[2:][rendered.instance[2:] == COUCH] = 0
    assert COUCH not in observe(ROW, rendered).landmarks(0, END)


def test_rivals_are_the_others_of_the_same_name_in_view() -> None:
    assert FORWARD.rivals(FIRST_CHAIR, 0, END) == (SECOND_CHAIR,)
    assert FORWARD.rivals(COUCH, 0, END) == ()


def test_distance_is_to_the_box_and_bearing_is_left_positive() -> None:
    # At the start (0, 0.3) the sofa's box begins at x = 7.75, y −1.45..−0.95.
    assert FORWARD.distance[0, COUCH] == pytest.approx(np.hypot(7.75, 1.25), abs=1e-3)
    assert FORWARD.bearing[0, COUCH] == pytest.approx(np.arctan2(-1.5, 8.0), abs=0.01)


def test_what_is_seen_through_a_door_is_not_passed_behind_the_wall() -> None:
    # Past the opening at x = 5 with the bed in view, then along the wall beside which the bed stands on the far side.
    seen = along(TWO_ROOMS, [(2.8, 2.6), (4.3, 2.0), (4.4, 0.5)])
    assert BED not in {i for _, i, _ in seen.passed(0, seen.plan.frames - 1)}
    assert seen.beyond_a_wall(BED, 0)
    assert not seen.beyond_a_wall(SOFA, 0)


def test_without_rooms_nothing_is_known_to_be_beyond_a_wall() -> None:
    assert not FORWARD.beyond_a_wall(COUCH, 0)


def test_where_bearing_and_masks_disagree_there_is_no_side() -> None:
    mirrored = replace(FORWARD, seen=replace(FORWARD.seen, u=-FORWARD.seen.u))
    frame = next(frame for frame, i, _ in FORWARD.passed(0, END) if i == PLANT)
    assert FORWARD.side(PLANT, 0, frame) == "right"
    assert mirrored.side(PLANT, 0, frame) is None


def test_what_hangs_overhead_has_no_name() -> None:
    lamp = gallery([("plant", "plant")])
    high = replace(lamp, instances=(*lamp.instances[:4], replace(lamp.instances[4], low=(1.8, -1.4, 2.0))))
    rendered = look(high, walk(high, [(0.0, 0.3), (4.0, 0.3)]))
    assert observe(high, rendered).nouns[5] is None


def test_a_walk_read_back_from_a_shard_is_observed_alike_but_for_doorways(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    unit = walks.unit()
    with ShardWriter(unit, tmp_path / "scratch") as writer:
        writer.write(walks.walk(0, 30, 0.1), walks.scene())
        writer.reject(1, Rejected(Reason.TOO_SHORT, ""))
        writer.reject(2, Rejected(Reason.TOO_SHORT, ""))
        writer.commit(storage, {})
    (sample,) = read_shard(storage, unit.id)
    fresh, again = observe(walks.scene(), walks.walk(0, 30, 0.1).rendered), observe_again(sample)
    shown = [instance.id for instance in sample.record.instances]
    assert shown
    for name in ("distance", "bearing"):
        np.testing.assert_array_equal(getattr(again, name)[:, shown], getattr(fresh, name)[:, shown])
    np.testing.assert_array_equal(again.seen.share[:, shown], fresh.seen.share[:, shown])
    assert [again.nouns[i] for i in shown] == [fresh.nouns[i] for i in shown]
    assert again.stays == fresh.stays
    assert [passage.doorway for passage in fresh.passages] == [True]
    assert [passage.doorway for passage in again.passages] == [None]
