from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from scene_adapters.stl import read_stl
from schemas.errors import SceneError

CORNERS = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.5, 0.0]]
TEXT = "solid a\nfacet normal 0 0 1\nouter loop\n" + "".join(f"vertex {x} {y} {z}\n" for x, y, z in CORNERS)


def test_binary_and_text_agree(tmp_path: Path) -> None:
    binary = (
        b"solid that is binary".ljust(80) + struct.pack("<I", 1) + struct.pack("<12fH", 0, 0, 1, *np.ravel(CORNERS), 0)
    )
    (tmp_path / "a.stl").write_bytes(binary)
    (tmp_path / "b.stl").write_text(TEXT + "endloop\nendfacet\nendsolid\n")
    for name in ("a.stl", "b.stl"):
        mesh = read_stl(tmp_path / name)
        np.testing.assert_array_equal(mesh.vertices[mesh.triangles[0]], CORNERS)


@pytest.mark.parametrize(
    "content", [bytes(90), b"solid a\nendsolid\n", TEXT.encode()[:-20], b"solid\nvertex a b c\n" * 3]
)
def test_what_is_no_stl_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(content)
    with pytest.raises(SceneError, match=r"a\.stl"):
        read_stl(tmp_path / "a.stl")
