"""Dataclasses go to JSON and back, and nothing else comes back as one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jsonable import from_json, optional, to_json


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1


@dataclass(frozen=True)
class Inner:
    x: float
    name: str | None


@dataclass(frozen=True)
class Outer:
    count: int
    flag: bool
    colour: Colour
    point: tuple[float, float, float]
    parts: tuple[Inner, ...]
    table: dict[str, int]
    best: Inner | None


@dataclass(frozen=True)
class Checked:
    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size is negative")


GOOD = Outer(3, True, Colour.BLUE, (1.0, 2.5, -3.0), (Inner(0.5, None), Inner(1.0, "ü")), {"a": 1}, Inner(2.0, "b"))

_finite = st.floats(allow_nan=False, allow_infinity=False)
_inner = st.builds(Inner, _finite, st.none() | st.text())
_outer = st.builds(
    Outer, st.integers(), st.booleans(), st.sampled_from(Colour), st.tuples(_finite, _finite, _finite),
    st.lists(_inner, max_size=3).map(tuple), st.dictionaries(st.text(), st.integers(), max_size=3), st.none() | _inner,
)  # fmt: skip


@given(_outer)
def test_what_goes_to_json_text_comes_back_equal(value):
    assert from_json(Outer, json.loads(json.dumps(to_json(value)))) == value


def test_the_json_form_is_plain():
    assert to_json(GOOD) == {
        "count": 3, "flag": True, "colour": "blue", "point": [1.0, 2.5, -3.0],
        "parts": [{"x": 0.5, "name": None}, {"x": 1.0, "name": "ü"}], "table": {"a": 1},
        "best": {"x": 2.0, "name": "b"},
    }  # fmt: skip


def test_an_integer_is_a_number_too_but_comes_back_as_a_float():
    back = from_json(Inner, {"x": 2, "name": None})
    assert back == Inner(2.0, None)
    assert isinstance(back.x, float)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("count", 3.0, r"Outer\.count: '3\.0' is not an integer"),
        ("count", True, r"Outer\.count"),
        ("count", "3", r"Outer\.count"),
        ("count", None, r"Outer\.count"),
        ("flag", 1, r"Outer\.flag"),
        ("colour", "green", r"Outer\.colour: 'green' is none of \['red', 'blue'\]"),
        ("colour", [], r"Outer\.colour"),
        ("point", [1.0, 2.0], r"Outer\.point.*a list of 3"),
        ("point", [1.0, 2.0, "3"], r"Outer\.point\[2\].*a number"),
        ("point", [1.0, 2.0, True], r"Outer\.point\[2\].*a number"),
        ("point", [1.0, 2.0, float("nan")], r"Outer\.point\[2\].*a finite number"),
        ("point", [1.0, 2.0, float("-inf")], r"Outer\.point\[2\].*a finite number"),
        ("point", [1.0, 2.0, 10**400], r"Outer\.point\[2\].*a finite number"),
        ("point", "123", r"Outer\.point"),
        ("parts", {"x": 1}, r"Outer\.parts.*a list"),
        ("parts", [{"x": 1.0}], r"Outer\.parts\[0\]: unknown fields \[\], missing fields \['name'\]"),
        ("parts", [{"x": 1.0, "name": None, "y": 2}], r"Outer\.parts\[0\]: unknown fields \['y'\]"),
        ("parts", [None], r"Outer\.parts\[0\].*an object"),
        ("table", [1], r"Outer\.table.*an object"),
        ("table", {"a": "1"}, r"Outer\.table\.a.*an integer"),
        ("best", 1, r"Outer\.best.*an object"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_path(field, value, message):
    with pytest.raises(ValueError, match=message):
        from_json(Outer, to_json(GOOD) | {field: value})


@pytest.mark.parametrize("value", [None, [], "text", 3, {}])
def test_what_is_no_object_at_all_is_refused(value):
    with pytest.raises(ValueError, match="Outer"):
        from_json(Outer, value)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)


@given(st.sampled_from(sorted(to_json(GOOD))), _anything)
def test_any_other_json_in_a_field_is_taken_or_refused_with_a_value_error(field, value):
    try:
        taken = from_json(Outer, to_json(GOOD) | {field: value})
    except ValueError:
        return
    assert from_json(Outer, to_json(taken)) == taken


def test_a_dataclass_own_checks_speak():
    with pytest.raises(ValueError, match="size is negative"):
        from_json(Checked, {"size": -1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), (1.0, float("-inf"))])
def test_numbers_that_are_none_do_not_go_to_json(value):
    with pytest.raises(ValueError, match="no JSON form"):
        to_json(value)


@pytest.mark.parametrize("value", [Path("/etc"), {1}, b"bytes", Inner])
def test_other_objects_do_not_go_to_json(value):
    with pytest.raises(TypeError, match="no JSON form"):
        to_json(value)


def test_enums_go_by_value():
    assert to_json([Level.LOW, Colour.RED]) == [1, "red"]
    assert from_json(Level, 1) is Level.LOW


@dataclass(frozen=True)
class Grown:
    size: int
    names: tuple[str, ...] = optional(())


def test_an_optional_field_is_left_out_while_it_has_its_default():
    assert to_json(Grown(1)) == {"size": 1}
    assert from_json(Grown, {"size": 1}) == Grown(1)
    assert to_json(Grown(1, ("a",))) == {"size": 1, "names": ["a"]}
    assert from_json(Grown, {"size": 1, "names": ["a"]}) == Grown(1, ("a",))


@pytest.mark.parametrize("value", [{"names": ["a"]}, {"size": 1, "names": "a"}, {"size": 1, "name": []}])
def test_an_optional_field_that_is_there_is_as_strict_as_the_others(value):
    with pytest.raises(ValueError, match="Grown"):
        from_json(Grown, value)
