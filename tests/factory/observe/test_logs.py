from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from factory.observe.logs import KEPT_BYTES, unit_log
from factory.storage import open_storage
from schemas.errors import TransientError


def test_a_log_begins_with_the_versions_and_is_kept(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    with unit_log(storage, "unit-1", tmp_path) as log:
        log.say("planned", episodes=3, note="two words")
    lines = storage.read("logs/unit-1.log").decode().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ begin unit=unit-1 host=\S+ pid=\d+ python=3\.\S+", lines[0])
    assert " versions " in lines[1] and " numpy=" in lines[1]
    assert lines[2].endswith('planned episodes=3 note="two words"')
    assert lines[3].endswith(" end")


def test_children_write_into_the_same_file(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    with unit_log(storage, "unit-1", tmp_path) as log:
        with log.path.open("ab") as sink:
            subprocess.run(["echo", "from the child"], stdout=sink, check=True)
        log.say("rendered")
    words = [line.split()[-1] for line in storage.read("logs/unit-1.log").decode().splitlines()]
    assert words[-3:] == ["child", "rendered", "end"]


def test_a_fault_is_the_last_line_and_passes_through(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    with pytest.raises(TransientError), unit_log(storage, "unit-1", tmp_path):
        raise TransientError("the child was killed:\nsignal 9")
    last = storage.read("logs/unit-1.log").decode().splitlines()[-1]
    assert last.endswith('failed exception=TransientError message="the child was killed: signal 9"')


def test_an_interrupt_keeps_the_log_too(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    with pytest.raises(KeyboardInterrupt), unit_log(storage, "unit-1", tmp_path):
        raise KeyboardInterrupt
    assert b"failed exception=KeyboardInterrupt" in storage.read("logs/unit-1.log")


def test_a_unit_is_not_lost_for_its_log(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "logs").write_text("a file where the folder should be")
    with unit_log(storage, "unit-1", tmp_path):
        pass


def test_of_a_flood_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "out"))
    with unit_log(storage, "unit-1", tmp_path) as log:
        with log.path.open("ab") as sink:
            sink.write(b"x" * 79 + b"\n")
            sink.write(b"y" * (2 * KEPT_BYTES) + b"\n")
        log.say("rendered")
    kept = storage.read("logs/unit-1.log")
    assert len(kept) < KEPT_BYTES + 100
    assert b" begin unit=unit-1" in kept[:200] and b"rendered" in kept[-200:] and b"bytes left out" in kept
