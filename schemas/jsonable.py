"""Frozen dataclasses ↔ JSON values, strictly: an unknown key, a missing key or a wrong type is an error.

Fields may be str, int, float, bool, None, enums, tuples, dicts keyed by str, dataclasses, and unions
with None. Arrays do not go into JSON. Only a field made by `optional` may be missing.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import sys
import types
import typing
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")

# What most fields hold, told at a glance: scenes have thousands of instances.
_PLAIN = frozenset({str, int, bool, type(None)})
_SCALARS = frozenset({float, int, str, bool})
_NEVER = object()


def optional(default: T) -> T:
    """A field that JSON leaves out while it has its default, so that a format grows without changing what is there."""
    return dataclasses.field(default=default, metadata={"optional": True})


def to_json(value: Any) -> Any:
    """The JSON value of a dataclass, or of anything a field of one may hold."""
    if type(value) in _PLAIN or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("NaN and infinity have no JSON form")
    if isinstance(value, (str, int, float)) and not isinstance(value, Enum):
        return value
    return to_json(opened(value))


def opened(value: Any) -> Any:
    """A dataclass as its fields by name, an enum as its value: one level, as `json.dumps` asks of `default`."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = _defaults(type(value))
        return {name: own for name, default in shown if (own := getattr(value, name)) != default}
    raise TypeError(f"no JSON form for {type(value).__name__}")


@functools.cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    """A dataclass's fields by name, each with the value at which JSON leaves it out: of most, none."""
    return tuple((field.name, field.default if _is_optional(field) else _NEVER) for field in dataclasses.fields(kind))


def from_json(kind: type[T], value: Any, where: str = "") -> T:
    """The `kind` that `value` describes. Raises ValueError with the path of the field that does not fit."""
    return typing.cast(T, _decode(kind, value, where or kind.__name__))


def _decode(kind: Any, value: Any, where: str) -> Any:
    if kind in _SCALARS:
        return _decode_scalar(kind, value, where)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, value, where)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(kind), value, where)
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), value, where)
    if origin is dict:
        _require(isinstance(value, dict), where, "an object", value)
        item = typing.get_args(kind)[1]
        return {key: _decode(item, entry, f"{where}.{key}") for key, entry in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError as error:
            raise ValueError(f"{where}: {value!r} is none of {[member.value for member in kind]}") from error
    raise TypeError(f"{where}: fields of type {kind} have no JSON form")


def _decode_scalar(kind: type[float] | type[int] | type[str] | type[bool], value: Any, where: str) -> Any:
    if kind is float:
        _require(isinstance(value, (int, float)) and not isinstance(value, bool), where, "a number", value)
        _require(abs(value) <= sys.float_info.max, where, "a finite number", value)
        return float(value)
    if kind is int:
        _require(isinstance(value, int) and not isinstance(value, bool), where, "an integer", value)
        return value
    _require(isinstance(value, kind), where, kind.__name__, value)
    return value


def _decode_dataclass(kind: Any, value: Any, where: str) -> Any:
    _require(isinstance(value, dict), where, "an object", value)
    kinds, needed = _fields(kind)
    if not (needed <= value.keys() <= kinds.keys()):
        unknown, missing = sorted(value.keys() - kinds.keys()), sorted(needed - value.keys())
        raise ValueError(f"{where}: unknown fields {unknown}, missing fields {missing}")
    return kind(**{name: _decode(kinds[name], value[name], f"{where}.{name}") for name in sorted(value)})


@functools.cache
def _fields(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """What each field of a dataclass holds, and those that may not be missing."""
    hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    needed = frozenset(field.name for field in fields if not _is_optional(field))
    return {field.name: hints[field.name] for field in fields}, needed


def _is_optional(field: dataclasses.Field[Any]) -> bool:
    return "optional" in field.metadata


def _decode_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    rest = [kind for kind in kinds if kind is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{where}: only unions with None have a JSON form")
    return _decode(rest[0], value, where)


def _decode_tuple(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    _require(isinstance(value, (list, tuple)), where, "a list", value)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    _require(len(value) == len(kinds), where, f"a list of {len(kinds)}", value)
    return tuple(_decode(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(kinds, value, strict=True)))


def _require(fits: bool, where: str, wanted: str, value: Any) -> None:
    if not fits:
        raise ValueError(f"{where}: {str(value)[:60]!r} is not {wanted}")
