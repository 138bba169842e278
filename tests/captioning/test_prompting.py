"""Prompts as files, and what is put into them."""

from __future__ import annotations

import pytest

from captioning.observed import Observed, observe
from captioning.prompting import (
    combined,
    ending,
    load_prompt,
    motion_facts,
    parse_prompt,
    rooms_gone_through,
    things_in_view,
)
from tests.rooms import two_rooms
from tests.views import look, walk

SCENE = two_rooms()


def seen(corners: list[tuple[float, float]]) -> Observed:
    return observe(SCENE, look(SCENE, walk(SCENE, corners)))


# Past the table on the left, through the door, left, past the wardrobe on the right to the plant on the left.
INTO_THE_BEDROOM = seen([(0.6, 0.6), (4.0, 2.0), (6.0, 2.0), (6.0, 3.5)])
LAST = INTO_THE_BEDROOM.plan.frames - 1


@pytest.mark.parametrize(
    ("name", "version", "slots"),
    [
        ("describe", "1", {"count", "motion", "again"}),
        ("refine_clip", "2", {"motion", "things", "rooms", "description", "language", "ending", "style", "again"}),
        ("refine_walk", "2", {"motion", "things", "rooms", "clips", "language", "ending", "style", "again"}),
    ],
)
def test_each_prompt_has_a_version_a_hash_and_its_slots(name: str, version: str, slots: set[str]) -> None:
    prompt = load_prompt(name)
    assert prompt.version == version
    assert len(prompt.sha256) == 64
    filled = prompt.fill("user", {slot: f"[{slot}]" for slot in slots})
    assert all(f"[{slot}]" in filled for slot in slots)
    assert prompt.fill("system", {})


def test_styles_are_those_of_the_recipe() -> None:
    assert set(load_prompt("styles").parts) == {"concise", "detailed", "landmark-first"}


def test_what_fills_a_slot_is_never_a_slot_itself() -> None:
    prompt = parse_prompt("x", b"version: 2\n--- user\nSaid: $said and $$5\n")
    assert prompt.fill("user", {"said": "$again ${x}"}) == "Said: $again ${x} and $5"
    with pytest.raises(KeyError):
        prompt.fill("user", {})


@pytest.mark.parametrize("content", [b"", b"--- user\nx", b"version: 1\nno parts", b"version:\n--- user\nx"])
def test_a_file_of_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="prompt broken"):
        parse_prompt("broken", content)


def test_another_byte_is_another_hash() -> None:
    one, other = (parse_prompt("x", b"version: 1\n--- user\n" + word) for word in (b"a", b"b"))
    assert combined([one]) != combined([other])
    assert combined([one, other])[0] == "x-1+x-1"


def test_motion_is_told_with_the_numbers_of_the_frames_shown() -> None:
    told = motion_facts(INTO_THE_BEDROOM, 0, LAST, (0, LAST // 2, LAST)).splitlines()
    assert told[0].startswith("1. goes straight for 5.")
    assert told[0].endswith("(frames 1 to 2).")
    assert "turns left by 8" in told[1]
    assert told[-1].endswith("(frame 3).")
    assert "frame" not in motion_facts(INTO_THE_BEDROOM, 0, LAST)


def test_things_are_told_in_passing_order_with_their_sides() -> None:
    told = things_in_view(INTO_THE_BEDROOM, 0, LAST)
    assert told.index("table (passed on the left)") < told.index("wardrobe (passed on the right)")
    assert rooms_gone_through(INTO_THE_BEDROOM, 0, LAST) == "living room, then bedroom"


def test_only_the_end_of_the_walk_is_to_be_told_as_one() -> None:
    assert "say where to stop" in ending(INTO_THE_BEDROOM, LAST)
    assert "do not say to stop" in ending(INTO_THE_BEDROOM, LAST - 1)
