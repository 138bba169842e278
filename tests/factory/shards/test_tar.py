"""The archive is one that every tar reads, and the scanner reads no other."""

from __future__ import annotations

import io
import subprocess
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.shards import tar
from schemas.errors import ShardError

MEMBERS = [("a.json", b"{}"), ("a.npz", b""), ("b.0000.rgb.jpg", bytes(range(256)) * 4), ("b.json", b"x" * 513)]

_names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", fullmatch=True)


def _archive(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    for name, content in members:
        tar.write_member(buffer, name, content)
    buffer.write(tar.END)
    return buffer.getvalue()


def _scan(content: bytes) -> list[tuple[str, bytes]]:
    return list(tar.scan(io.BytesIO(content), "x.tar"))


def _resealed(archive: bytes, start: int, field: bytes) -> bytes:
    """The archive with a field of its first header replaced and the checksum made right again."""
    header = bytearray(archive[: tar.BLOCK])
    header[start : start + len(field)] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + archive[tar.BLOCK :]


@given(st.lists(st.tuples(_names, st.binary(max_size=2000)), max_size=6))
def test_what_is_written_is_scanned(members):
    assert _scan(_archive(members)) == members


def test_pythons_tarfile_reads_the_same():
    with tarfile.open(fileobj=io.BytesIO(_archive(MEMBERS)), mode="r:") as archive:
        infos = archive.getmembers()
        read = [(info.name, archive.extractfile(info).read()) for info in infos]  # type: ignore[union-attr]
    assert read == MEMBERS
    assert {(info.mtime, info.mode, info.uid, info.uname, info.type) for info in infos} == {
        (0, 0o644, 0, "root", tarfile.REGTYPE)
    }
    assert not any(info.pax_headers for info in infos)


def test_gnu_tar_reads_the_same(tmp_path):
    (tmp_path / "x.tar").write_bytes(_archive(MEMBERS))
    listed = subprocess.run(["tar", "tf", "x.tar"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (listed.stdout.split(), listed.stderr) == ([name for name, _ in MEMBERS], "")
    subprocess.run(["tar", "xf", "x.tar"], cwd=tmp_path, check=True)
    assert (tmp_path / "b.json").read_bytes() == MEMBERS[3][1]


def test_a_header_is_that_of_tarfile_in_ustar_form():
    info = tarfile.TarInfo("a.json")
    info.size, info.mtime, info.mode, info.uname, info.gname = 2, 0, 0o644, "root", "root"
    stock = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    assert _archive(MEMBERS)[: tar.BLOCK] == bytes(stock)


def test_equal_members_give_equal_bytes_in_whole_blocks():
    assert _archive(MEMBERS) == _archive(list(MEMBERS))
    assert len(_archive(MEMBERS)) == 512 * (4 + 1 + 0 + 2 + 2) + 1024


def test_an_archive_without_members_is_its_end_mark():
    assert _archive([]) == bytes(1024)
    assert _scan(bytes(1024)) == []


@pytest.mark.parametrize("name", ["", "a/b", "/a", "..", ".a", "a b", "ü", "a\0", "x" * 101, "-a"])
def test_a_name_that_is_no_plain_file_name_is_refused(name):
    buffer = io.BytesIO()
    with pytest.raises(ShardError, match="a name has 1 to 100"):
        tar.write_member(buffer, name, b"")
    assert buffer.getvalue() == b""


def test_a_name_of_a_hundred_bytes_fits():
    name = "n" * 100
    assert _scan(_archive([(name, b"1")])) == [(name, b"1")]
    with tarfile.open(fileobj=io.BytesIO(_archive([(name, b"1")])), mode="r:") as archive:
        assert archive.getnames() == [name]


def test_a_member_above_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(tar, "LARGEST_MEMBER", 1000)
    with pytest.raises(ShardError, match="1001 bytes, at most 1000"):
        tar.write_member(io.BytesIO(), "a", bytes(1001))
    tar.write_member(io.BytesIO(), "a", bytes(1000))


def test_no_changed_byte_outside_a_content_goes_unnoticed():
    archive = _archive([("a.json", b"{}"), ("b", b"x" * 512)])
    contents = {*range(512, 514), *range(1536, 2048)}
    for place in range(len(archive)):
        broken = bytearray(archive)
        broken[place] ^= 1
        if place in contents:
            assert len(_scan(bytes(broken))) == 2
        else:
            with pytest.raises(ShardError, match=r"^x\.tar: "):
                _scan(bytes(broken))


@pytest.mark.parametrize("length", range(0, len(_archive(MEMBERS)), 200))
def test_a_cut_archive_is_noticed(length):
    with pytest.raises(ShardError, match=r"^x\.tar: "):
        _scan(_archive(MEMBERS)[:length])


def test_bytes_after_the_end_are_noticed():
    for rest in (b"\0", bytes(512), b"x"):
        with pytest.raises(ShardError, match="does not end as it should"):
            _scan(_archive(MEMBERS) + rest)


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"x", b"g", b"L", b"K", b"S", b"\0"])
def test_links_devices_folders_and_extensions_are_refused(kind):
    with pytest.raises(ShardError, match="header at byte 0: not a plain file"):
        _scan(_resealed(_archive(MEMBERS), 156, kind))


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b", "..", ".hidden", "a\nb", "a/b"])
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(ShardError, match="not a plain file"):
        _scan(_resealed(_archive(MEMBERS), 0, name.encode().ljust(100, b"\0")))


@pytest.mark.parametrize(
    ("start", "field"),
    [
        pytest.param(345, b"/etc", id="prefix"),
        pytest.param(157, b"target", id="link name"),
        pytest.param(100, b"0004755\x00", id="setuid"),
        pytest.param(136, b"14000000000\x00", id="time"),
        pytest.param(124, b"\x80" + bytes(10) + b"\x02", id="binary size"),
        pytest.param(124, b"         2\x00 ", id="blank size"),
        pytest.param(124, b"-0000000002\x00", id="negative size"),
        pytest.param(257, b"ustar  \x00", id="GNU magic"),
        pytest.param(3, b"\x00x", id="NUL in name"),
    ],
)
def test_headers_that_the_writer_does_not_make_are_refused(start, field):
    with pytest.raises(ShardError, match="not a plain file"):
        _scan(_resealed(_archive(MEMBERS), start, field))


def test_a_header_that_claims_gigabytes_costs_none():
    with pytest.raises(ShardError, match="claims 8589934591 bytes"):
        _scan(_resealed(_archive(MEMBERS), 124, b"77777777777\0"))


@pytest.mark.parametrize("kind", ["symlink", "hardlink", "folder", "long name", "time of day"])
def test_archives_of_other_writers_are_refused(kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("n" * 150 if kind == "long name" else "a")
        info.mtime = 1.5 if kind == "time of day" else 0
        info.type = {"symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE, "folder": tarfile.DIRTYPE}.get(
            kind, tarfile.REGTYPE
        )
        info.linkname = "/etc/passwd" if "link" in kind else ""
        archive.addfile(info, io.BytesIO(b""))
    with pytest.raises(ShardError, match="not a plain file"):
        _scan(buffer.getvalue())


@given(st.binary(max_size=3000))
def test_any_bytes_are_members_or_a_shard_error(content):
    try:
        members = _scan(content)
    except ShardError:
        return
    assert _archive(members) == content
