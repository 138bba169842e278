from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from factory.rendering.child import ChildLimits, lines_of_child
from schemas.errors import TransientError

GENEROUS = ChildLimits(deadline=60.0, memory_bytes=2**32, threads=1, gpu=None)


def lines(program: str, log: Path, limits: ChildLimits = GENEROUS) -> list[str]:
    return list(lines_of_child([sys.executable, "-c", program], os.environ, limits, log))


def gone(pid: int) -> bool:
    """Whether the process ends within five seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_lines_come_in_order_and_whole_however_they_are_written(tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "for part in (b'one\\ntw', b'o\\nthree ', b'is long\\n'):\n"
        "    os.write(1, part); time.sleep(0.05)"
    )
    assert lines(program, tmp_path / "log") == ["one", "two", "three is long"]


def test_noise_goes_to_the_log_after_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n")
    assert lines("import os; os.write(2, b'noise\\n')", tmp_path / "log") == []
    assert (tmp_path / "log").read_text() == "before\nnoise\n"


def test_a_line_is_seen_before_the_child_ends(tmp_path: Path) -> None:
    program = "import os, time; os.write(1, b'first\\n'); time.sleep(60)"
    reader = lines_of_child([sys.executable, "-c", program], os.environ, GENEROUS, tmp_path / "log")
    began = time.monotonic()
    assert next(reader) == "first"
    reader.close()
    assert time.monotonic() - began < 30


def test_a_killed_child_is_transient_and_its_last_words_are_told(tmp_path: Path) -> None:
    program = "import os, signal; os.write(2, b'last words\\n'); os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(TransientError, match=r"(?s)killed by SIGKILL.*last words"):
        lines(program, tmp_path / "log")


def test_only_this_childs_words_are_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("an earlier child\n")
    with pytest.raises(TransientError) as told:
        lines("raise SystemExit(3)", tmp_path / "log")
    assert "failed with code 3" in str(told.value)
    assert "an earlier child" not in str(told.value)


def test_a_silent_child_is_ended_at_its_deadline(tmp_path: Path) -> None:
    limits = ChildLimits(deadline=0.5, memory_bytes=2**32, threads=1, gpu=None)
    began = time.monotonic()
    with pytest.raises(TransientError, match=r"no progress for 0\.5 s"):
        lines("import time; time.sleep(60)", tmp_path / "log", limits)
    assert time.monotonic() - began < 10


def test_each_line_gives_a_slow_child_new_time(tmp_path: Path) -> None:
    limits = ChildLimits(deadline=2.0, memory_bytes=2**32, threads=1, gpu=None)
    program = "import os, time\nfor i in range(6): time.sleep(0.5); os.write(1, b'step\\n')"
    assert len(lines(program, tmp_path / "log", limits)) == 6


def test_a_child_that_closes_its_output_and_stays_is_ended(tmp_path: Path) -> None:
    limits = ChildLimits(deadline=0.5, memory_bytes=2**32, threads=1, gpu=None)
    with pytest.raises(TransientError, match="did not end"):
        lines("import os, time; os.close(1); time.sleep(60)", tmp_path / "log", limits)


@pytest.mark.parametrize("chatty", [False, True])
def test_a_child_that_grows_too_large_is_ended(tmp_path: Path, chatty: bool) -> None:
    limits = ChildLimits(deadline=60.0, memory_bytes=100 * 2**20, threads=1, gpu=None)
    wait = "os.write(1, b'x\\n'); time.sleep(0.01)" if chatty else "time.sleep(1)"
    program = f"import os, time\nheld = bytearray(300 * 2**20)\nwhile True: {wait}"
    with pytest.raises(TransientError, match=r"GiB, above its limit of 0\.10 GiB"):
        lines(program, tmp_path / "log", limits)


def test_when_the_reader_stops_the_whole_group_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, subprocess, sys, time\n"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "os.write(1, f'{os.getpid()} {grandchild.pid}\\n'.encode()); time.sleep(60)"
    )
    reader = lines_of_child([sys.executable, "-c", program], os.environ, GENEROUS, tmp_path / "log")
    pids = [int(word) for word in next(reader).split()]
    reader.close()
    assert all(gone(pid) for pid in pids)


def test_the_environment_is_what_was_given(tmp_path: Path) -> None:
    program = "import os; os.write(1, os.environ.get('COLOUR', 'none').encode() + b'\\n')"
    environment = {**os.environ, "COLOUR": "blue"}
    assert list(lines_of_child([sys.executable, "-c", program], environment, GENEROUS, tmp_path / "log")) == ["blue"]
