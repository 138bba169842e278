"""Programs that run Blender may import nothing of ours, so what both sides know stands twice. Here it is held equal."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factory.rendering import lamps, surface

FOLDER = Path(surface.__file__).parent


def constant(program: str, name: str) -> Any:
    """What a module of Blender's side says that `name` is."""
    (value,) = (
        statement.value
        for statement in ast.parse((FOLDER / f"{program}.py").read_text()).body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name
    )
    return ast.literal_eval(value)


def function(program: str, name: str) -> Callable[[float], tuple[float, float, float]]:
    """A function of such a module, which itself cannot be imported here."""
    (found,) = (
        statement
        for statement in ast.parse((FOLDER / f"{program}.py").read_text()).body
        if isinstance(statement, ast.FunctionDef) and statement.name == name
    )
    names: dict[str, Any] = {}
    exec(compile(ast.Module([found], []), program, "exec"), names)
    made: Callable[[float], tuple[float, float, float]] = names[name]
    return made


def test_the_sun_is_as_wide_and_a_sheen_as_bright_on_both_sides() -> None:
    assert constant("blender_child", "SUN_ANGLE") == lamps.SUN_ANGLE
    assert constant("blender_materials", "SHEEN") == surface.SHEEN


@pytest.mark.parametrize("roughness", np.linspace(0, 1, 6).tolist())
def test_gloss_is_the_same_on_both_sides(roughness: float) -> None:
    assert function("blender_materials", "gloss_of")(roughness) == pytest.approx(surface.gloss_of(roughness), rel=1e-12)
