"""One behaviour on every store, and errors a user can act on."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.storage import Storage, open_storage
from schemas.errors import MissingExtraError, StorageError


@pytest.fixture(params=["local", "file URL", "memory"])
def storage(request, tmp_path) -> Storage:
    urls = {"local": f"{tmp_path}/out", "file URL": f"file://{tmp_path}/out/", "memory": f"memory://{tmp_path.name}"}
    return open_storage(urls[request.param])


def test_what_was_written_is_read_back(storage):
    storage.write("shards/a.json", b"one")
    assert storage.read("shards/a.json") == b"one"
    assert storage.size("shards/a.json") == 3
    assert storage.exists("shards/a.json")
    with storage.open("shards/a.json") as file:
        assert (file.read(2), file.read()) == (b"on", b"e")


def test_a_second_write_replaces_the_first(storage):
    storage.write("a", b"one, and longer")
    storage.write("a", b"two")
    assert storage.read("a") == b"two"


def test_an_upload_is_a_write_of_a_files_content(storage, tmp_path):
    source = tmp_path / "scratch.tar"
    source.write_bytes(bytes(range(256)) * 40_000)
    storage.upload(source, "shards/a.tar")
    assert storage.read("shards/a.tar") == source.read_bytes()


def test_names_are_sorted_relative_and_chosen_by_prefix(storage):
    for name in ("shards/b.tar", "shards/a.tar", "shards/deep/c", "surveys/s", "shards.txt", "run.json"):
        storage.write(name, b"")
    assert storage.names() == ["run.json", "shards.txt", "shards/a.tar", "shards/b.tar", "shards/deep/c", "surveys/s"]
    assert storage.names("shards/") == ["shards/a.tar", "shards/b.tar", "shards/deep/c"]
    assert storage.names("sh") == ["shards.txt", "shards/a.tar", "shards/b.tar", "shards/deep/c"]
    assert storage.names("shards/b") == ["shards/b.tar"]
    assert storage.names("none/at/all") == []


def test_an_empty_store_has_no_names_and_nothing_is_made_by_looking(storage):
    assert storage.names() == []
    assert not storage.exists("a")
    assert not Path(storage.root).exists()


def test_a_folder_is_not_a_file(storage):
    storage.write("shards/a", b"")
    assert not storage.exists("shards")
    assert not storage.exists("shards/a/b")


def test_what_was_deleted_is_gone(storage):
    storage.write("a", b"one")
    storage.delete("a")
    assert not storage.exists("a")


@pytest.mark.parametrize("action", ["read", "size", "delete"])
def test_a_missing_file_is_named(storage, action):
    with pytest.raises(StorageError, match=r"gone\.json: there is no such file"):
        getattr(storage, action)("gone.json")


def test_a_missing_file_is_named_when_opened(storage):
    with pytest.raises(StorageError, match=r"gone\.json: there is no such file"), storage.open("gone.json"):
        pass


def test_faults_of_the_code_that_reads_a_stream_stay_what_they_are(storage):
    storage.write("a", b"1")
    with pytest.raises(ZeroDivisionError), storage.open("a"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "..", "../a", "a/../b", "a/..", ".hidden", "a/.hidden", "a//b", "a/", "/", "a b", "a\\b",
     "a\n", "a\0", "*", "a?", "~", "s3://x/y", "ä", "x" * 300],
)  # fmt: skip
def test_names_that_could_leave_the_root_are_refused(storage, name):
    for act in (storage.read, storage.exists, storage.size, storage.delete, lambda n: storage.write(n, b"")):
        with pytest.raises(StorageError, match="is not a name"):
            act(name)
    assert not Path(storage.root).exists()


@given(st.text(alphabet="a./\\~-_ \0é", max_size=12))
def test_no_name_that_is_accepted_leaves_the_root(name):
    storage = open_storage("memory://hypothesis")
    try:
        storage.write(name, b"x")
    except StorageError:
        return
    assert storage.names() == [name]
    assert storage.fs.exists(f"/hypothesis/{name}")
    storage.delete(name)


def test_a_store_goes_to_other_processes(tmp_path):
    storage = open_storage(str(tmp_path))
    storage.write("a", b"one")
    assert ForkingPickler.loads(ForkingPickler.dumps(storage)).read("a") == b"one"


def test_its_url_is_what_a_person_would_write(tmp_path):
    assert open_storage(f"{tmp_path}/").url == str(tmp_path)
    assert open_storage(f"file://{tmp_path}/out").url == f"{tmp_path}/out"
    assert open_storage("memory://run").url == "memory:///run"


def test_a_relative_path_is_taken_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_storage("out").write("a", b"one")
    assert (tmp_path / "out" / "a").read_bytes() == b"one"


def test_half_written_files_have_no_name_and_are_swept(tmp_path):
    storage = open_storage(str(tmp_path))
    storage.write("shards/a.tar", b"one")
    (tmp_path / "shards" / ".a.tar.0123.part").write_bytes(b"half")
    assert storage.names() == ["shards/a.tar"]
    assert storage.sweep() == 1
    assert storage.sweep() == 0
    assert open_storage("memory://sweep").sweep() == 0


def test_an_unknown_protocol_and_no_place_at_all_are_refused():
    with pytest.raises(StorageError, match="nosuch"):
        open_storage("nosuch://bucket")
    with pytest.raises(StorageError, match="no output folder given"):
        open_storage(" ")


def test_a_back_end_that_is_not_installed_is_named_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtraError, match=r"s3://bucket/run.*s3fs"):
        open_storage("s3://bucket/run")


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        open_storage(str(tmp_path / "out"))


def test_a_file_in_the_place_of_an_inner_folder_is_told(tmp_path):
    storage = open_storage(str(tmp_path))
    storage.write("shards", b"")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        storage.write("shards/a", b"")


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path):
    storage = open_storage(str(tmp_path))
    storage.write("a/b", b"")
    with pytest.raises(StorageError, match="a folder stands where a file is needed"):
        storage.write("a", b"")
    with pytest.raises(StorageError, match="a folder stands where a file is needed"):
        storage.read("a")


def test_no_permission_is_told_with_what_to_do():
    with pytest.raises(StorageError, match="may not be read or written|read-only"):
        open_storage("/sys/navfoundry").write("a", b"")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a tiny file system")
def test_a_full_disk_is_told_and_loses_nothing(tmp_path):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(tmp_path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        storage = open_storage(str(tmp_path))
        storage.write("a", b"kept")
        with pytest.raises(StorageError, match="the disk is full; free some space and relaunch"):
            storage.write("shards/b", bytes(1 << 20))
        assert storage.names() == ["a"]
        assert list((tmp_path / "shards").iterdir()) == []
        storage.write("a", b"there is room again")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_file_size_limit_is_told(tmp_path):
    storage = open_storage(str(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StorageError, match="larger than files may be here"):
            storage.write("a", bytes(1 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_at_the_last_moment_leaves_no_file(tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    storage = open_storage(str(tmp_path))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        storage.write("a", b"one")
    assert list(tmp_path.iterdir()) == []


def test_a_back_ends_own_errors_are_told_as_ours(monkeypatch):
    storage = open_storage("memory://broken")

    def refuse(path: str, content: bytes) -> None:
        raise RuntimeError("no credentials")

    monkeypatch.setattr(storage.fs, "pipe_file", refuse)
    with pytest.raises(StorageError, match="cannot write memory:///broken/a: RuntimeError: no credentials"):
        storage.write("a", b"")
