"""Damage to files as it happens: bytes changed, cut out, doubled, cut off; numbers and words of text replaced."""

from __future__ import annotations

import re

from hypothesis import strategies as st

_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
_VALUES = [b"-1", b"0", b"1e309", b"nan", b"4294967296", b"99999999999999999999", b"null", b'""', b"[]", b"{}", b"0.5"]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """`content` after one to four accidents."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        kind = draw(st.sampled_from(["byte", "cut", "double", "end", "number", "noise"]))
        if kind == "byte":
            content = content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
        elif kind == "noise":
            content = content[:at] + draw(st.binary(min_size=1, max_size=8)) + content[at + 4 :]
        elif kind == "cut":
            content = content[:at] + content[at + draw(st.integers(1, 64)) :]
        elif kind == "double":
            content = content[: at + 16] + content[at:]
        elif kind == "end":
            content = content[:at]
        elif found := _NUMBER.search(content, at):
            content = content[: found.start()] + draw(st.sampled_from(_VALUES)) + content[found.end() :]
    return content
