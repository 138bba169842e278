"""The limits that keep the code readable: sizes of modules and functions, and tests beside code."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "factory", "scene_adapters", "captioning", "trainer", "pipelines")
CODE = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def _lines(path: Path) -> int:
    return path.read_text().count("\n")


def _functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return [(f"{path.name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1) for node in nodes]


def test_no_module_is_longer_than_six_hundred_lines_and_nine_in_ten_have_at_most_four_hundred():
    lengths = {path: _lines(path) for path in CODE + TESTS}
    assert {str(path): length for path, length in lengths.items() if length > 600} == {}
    assert np.mean([length <= 400 for length in lengths.values()]) >= 0.9
    assert np.median([lengths[path] for path in CODE if lengths[path] > 3]) <= 150


def test_no_function_is_longer_than_ninety_lines_and_nine_in_ten_have_at_most_forty():
    functions = [function for path in CODE for function in _functions(path)]
    assert [function for function in functions if function[1] > 90] == []
    assert np.mean([length <= 40 for _, length in functions]) >= 0.9
    assert np.median([length for _, length in functions]) <= 12


def test_there_are_eight_lines_of_tests_for_ten_of_code():
    assert sum(map(_lines, TESTS)) >= 0.8 * sum(map(_lines, CODE))


def test_every_module_has_a_text_that_says_what_it_is_for():
    bare = [str(path) for path in CODE if not (ast.get_docstring(ast.parse(path.read_text())) or "").strip()]
    assert bare == []
