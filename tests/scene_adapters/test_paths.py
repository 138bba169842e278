from __future__ import annotations

from pathlib import Path

import pytest

from scene_adapters.paths import Root, check_file, data_uri, dataset_root, parsing, read_bytes
from schemas.errors import SceneError


@pytest.fixture
def root(tmp_path: Path) -> Root:
    folder = tmp_path / "data"
    (folder / "scene/textures").mkdir(parents=True)
    (folder / "scene/textures/a b.png").write_bytes(b"png")
    (tmp_path / "secret.txt").write_text("secret")
    return Root(folder)


def test_a_reference_is_followed_relative_to_the_file_that_has_it(root: Root) -> None:
    beside = root.folder / "scene"
    expected = (root.folder / "scene/textures/a b.png").resolve()
    for reference in ("textures/a b.png", "textures/a%20b.png", "textures\\a b.png", "../scene/textures/a b.png"):
        assert root.resolve(reference, beside) == expected


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("../../secret.txt", "leads out"),
        ("%2e%2e/%2e%2e/secret.txt", "leads out"),
        ("..\\..\\secret.txt", "leads out"),
        ("/etc/passwd", "absolute"),
        ("C:\\textures\\a.png", "absolute"),
        ("file:///etc/passwd", "absolute"),
        ("http://host/a.png", "absolute"),
        ("", "unusable"),
        ("a\0b", "unusable"),
        ("a" * 5000, "unusable"),
    ],
)
def test_a_reference_out_of_the_root_is_refused(reference: str, why: str, root: Root) -> None:
    with pytest.raises(SceneError, match=why):
        root.resolve(reference, root.folder / "scene")


def test_links_out_of_the_root_are_refused_and_links_inside_are_followed(root: Root) -> None:
    (root.folder / "scene/out.png").symlink_to(root.folder.parent / "secret.txt")
    (root.folder / "scene/in.png").symlink_to(root.folder / "scene/textures/a b.png")
    (root.folder / "folder").symlink_to(root.folder.parent)
    with pytest.raises(SceneError, match="leads out"):
        root.resolve("out.png", root.folder / "scene")
    with pytest.raises(SceneError, match="leads out"):
        root.resolve("folder/secret.txt", root.folder)
    assert root.resolve("in.png", root.folder / "scene").read_bytes() == b"png"


def test_a_link_to_itself_is_refused_or_found_absent(root: Root) -> None:
    loop = root.folder / "loop"
    loop.symlink_to(loop)
    with pytest.raises(SceneError):
        check_file(root.resolve("loop", root.folder))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\n <!DOCTYPE HTML>\n<html>", "web page"),
        (b"\xef\xbb\xbf<html lang='en'>", "web page"),
        (b"x" * 11, "more than"),
    ],
)
def test_files_that_cannot_be_meant_are_refused(content: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(content)
    with pytest.raises(SceneError, match=what):
        read_bytes(tmp_path / "a.glb", limit=10 if len(content) == 11 else 1000)


def test_an_absent_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.glb", tmp_path):
        with pytest.raises(SceneError, match="no such file"):
            read_bytes(path)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"bytes")
    assert read_bytes(tmp_path / "a.bin") == b"bytes"


def test_data_uris_are_decoded_and_bad_ones_refused(tmp_path: Path) -> None:
    assert data_uri("data:application/octet-stream;base64,YWJj", tmp_path) == b"abc"
    for uri in ("data:text/plain,abc", "data:;base64", "data:;base64,YWJ"):
        with pytest.raises(SceneError):
            data_uri(uri, tmp_path)


@pytest.mark.parametrize("error", [KeyError("a"), ValueError("b"), IndexError(), RecursionError(), MemoryError()])
def test_a_parser_s_fault_becomes_a_scene_error_that_names_the_file(error: Exception, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"a\.glb"), parsing(tmp_path / "a.glb", "glTF"):
        raise error


def test_a_missing_root_is_told(tmp_path: Path) -> None:
    assert dataset_root(str(tmp_path), "replica") == tmp_path
    with pytest.raises(SceneError, match="replica: root .* does not exist"):
        dataset_root(str(tmp_path / "no"), "replica")
