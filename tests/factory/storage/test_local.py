"""Files appear whole or not at all, whoever is killed."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from factory.storage import local

_WRITE_FOR_EVER = """
import sys, time
from pathlib import Path
from factory.storage.local import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def _living_writer(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", _WRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    return child


def _kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.communicate()


def test_a_file_has_its_name_only_after_the_block(tmp_path):
    path = tmp_path / "deep" / "er" / "a.bin"
    with local.replacing(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.bin"]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), local.replacing(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_files_have_the_permissions_of_any_other_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with local.replacing(tmp_path / "ours"):
        pass
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_of_many_writers_at_once_one_wins_whole(tmp_path):
    path, contents = tmp_path / "a", [bytes([i]) * 100_000 for i in range(8)]

    def write(content: bytes) -> None:
        with local.replacing(path) as file:
            file.write(content)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_writer_left_is_swept_and_a_living_writers_file_is_not(tmp_path):
    killed, living = _living_writer(tmp_path / "shards" / "a"), _living_writer(tmp_path / "shards" / "b")
    try:
        _kill(killed)
        assert len(list((tmp_path / "shards").iterdir())) == 2
        assert local.sweep(tmp_path) == 1
        (left,) = (tmp_path / "shards").iterdir()
        assert left.name.startswith(".b.")
    finally:
        _kill(living)
    assert local.sweep(tmp_path) == 1


def test_sweeping_takes_nothing_but_unfinished_files(tmp_path):
    for name in ("a.part", ".hidden", "b"):
        (tmp_path / name).write_bytes(b"")
    assert local.sweep(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 3
    assert local.sweep(tmp_path / "absent") == 0


def test_a_writer_whose_new_file_was_swept_before_its_lock_takes_another(tmp_path, monkeypatch):
    real = fcntl.flock
    swept: list[Path] = []

    def sweep_first(file: int, operation: int) -> None:
        if not swept:
            swept.extend(tmp_path.iterdir())
            swept[0].unlink()
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with local.replacing(tmp_path / "a") as file:
        file.write(b"content")
    assert (tmp_path / "a").read_bytes() == b"content"


def test_a_file_system_without_locks_is_written_to_but_not_swept(tmp_path, monkeypatch):
    def refuse(file: object, operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with local.replacing(tmp_path / "a") as file:
        file.write(b"content")
        assert local.sweep(tmp_path) == 0
    assert (tmp_path / "a").read_bytes() == b"content"
