"""Temporary folders: gone with their owner, however it ended, and never before."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from factory.engine.scratch import PREFIX, scratch_folder

OWNER = """
import sys, time
from factory.engine.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "frame.exr").write_bytes(b"half a frame")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _tmpdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def owner() -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a folder until its standard input ends."""
    process = subprocess.Popen([sys.executable, "-c", OWNER], stdin=-1, stdout=-1, text=True)
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_there_inside_and_gone_outside(tmp_path: Path) -> None:
    with scratch_folder() as folder:
        assert folder.parent == tmp_path and folder.is_dir()
        (folder / "a").write_text("b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_goes_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), scratch_folder():
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_worker_left_is_removed_by_the_next_and_what_a_living_one_holds_is_not() -> None:
    killed, left = owner()
    living, held = owner()
    killed.kill()
    killed.wait()
    assert (left / "frame.exr").exists()
    with scratch_folder():
        assert not left.exists()
        assert (held / "frame.exr").exists()
    living.communicate("")
    assert not held.exists()


def test_links_and_files_of_that_name_are_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").write_text("kept")
    (tmp_path / f"{PREFIX}link").symlink_to(precious)
    (tmp_path / f"{PREFIX}file").write_text("kept")
    with scratch_folder():
        pass
    assert (precious / "data").exists() and (tmp_path / f"{PREFIX}link").is_symlink()
    assert (tmp_path / f"{PREFIX}file").exists()


def test_many_at_once_do_not_take_each_others(tmp_path: Path) -> None:
    def use(number: int) -> bool:
        with scratch_folder() as folder:
            (folder / "mine").write_text(str(number))
            return (folder / "mine").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(200)))
    assert list(tmp_path.iterdir()) == []
