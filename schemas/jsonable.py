"""Frozen dataclasses ↔ JSON values, strictly: an unknown key, a missing key or a wrong type is an error.

Fields may be str, int, float, bool, None, enums, tuples, dicts keyed by str, dataclasses, and unions
with None. Arrays do not go into JSON. Only a field made by `optional` may be missing.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import sys
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")
_Decoder = Callable[[Any], Any]

# What most fields hold, told at a glance: scenes have thousands of instances.
_PLAIN = frozenset({str, int, bool, type(None)})
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


def _is_optional(field: dataclasses.Field[Any]) -> bool:
    return "optional" in field.metadata


class _MisfitError(Exception):
    """A value that does not fit, and its path within the whole."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self._parts = path, problem

    def within(self, part: str) -> _MisfitError:
        """The same as seen from what holds `part`."""
        return _MisfitError(part + self._parts[0], self._parts[1])


def from_json(kind: type[T], value: Any, where: str = "") -> T:
    """The `kind` that `value` describes. Raises ValueError with the path of the field that does not fit."""
    try:
        return typing.cast(T, _decoder(typing.cast(Any, kind))(value))
    except _MisfitError as misfit:
        raise ValueError(f"{where or kind.__name__}{misfit}") from misfit


@functools.cache
def _decoder(kind: Any) -> _Decoder:
    """What makes a `kind` of a JSON value. Made once a kind: shards have thousands of records of the same few."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_decoder(kind, inner)
    if origin is tuple:
        alike = len(inner) == 2 and inner[1] is Ellipsis
        return _list_decoder(_decoder(inner[0])) if alike else _tuple_decoder([_decoder(item) for item in inner])
    if origin is dict:
        return _dict_decoder(_decoder(inner[1]))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_decoder(kind)
    raise TypeError(f"fields of type {kind} have no JSON form")


def _float(value: Any) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    _require(isinstance(value, (int, float)) and not isinstance(value, bool), "a number", value)
    _require(abs(value) <= sys.float_info.max, "a finite number", value)
    return float(value)


def _integer(value: Any) -> Any:
    _require(isinstance(value, int) and not isinstance(value, bool), "an integer", value)
    return value


def _text(value: Any) -> Any:
    _require(isinstance(value, str), "str", value)
    return value


def _truth(value: Any) -> Any:
    _require(isinstance(value, bool), "bool", value)
    return value


_SCALARS: dict[Any, _Decoder] = {float: _float, int: _integer, str: _text, bool: _truth}


def _dataclass_decoder(kind: Any) -> _Decoder:
    kinds, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    decoders = {name: _decoder(kinds[name]) for name in sorted(field.name for field in fields)}
    needed = frozenset(field.name for field in fields if not _is_optional(field))

    def decode(value: Any) -> Any:
        _require(isinstance(value, dict), "an object", value)
        if not (needed <= value.keys() <= decoders.keys()):
            unknown, missing = sorted(value.keys() - decoders.keys()), sorted(needed - value.keys())
            raise _MisfitError("", f"unknown fields {unknown}, missing fields {missing}")
        return kind(**_entries((name, decoders[name], value[name]) for name in decoders if name in value))

    return decode


def _union_decoder(kind: Any, kinds: tuple[Any, ...]) -> _Decoder:
    rest = [kind for kind in kinds if kind is not type(None)]
    if len(rest) != 1:
        raise TypeError(f"{kind}: only unions with None have a JSON form")
    decoder = _decoder(rest[0])
    return lambda value: None if value is None else decoder(value)


def _list_decoder(item: _Decoder) -> _Decoder:
    def decode(value: Any) -> Any:
        _require(isinstance(value, (list, tuple)), "a list", value)
        return _items(itertools.repeat(item, len(value)), value)

    return decode


def _tuple_decoder(items: list[_Decoder]) -> _Decoder:
    def decode(value: Any) -> Any:
        _require(isinstance(value, (list, tuple)) and len(value) == len(items), f"a list of {len(items)}", value)
        return _items(items, value)

    return decode


def _dict_decoder(item: _Decoder) -> _Decoder:
    def decode(value: Any) -> Any:
        _require(isinstance(value, dict), "an object", value)
        return _entries((key, item, entry) for key, entry in value.items())

    return decode


def _enum_decoder(kind: type[Enum]) -> _Decoder:
    def decode(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError as error:
            raise _MisfitError("", f"{value!r} is none of {[member.value for member in kind]}") from error

    return decode


def _items(decoders: Iterable[_Decoder], values: Sequence[Any]) -> tuple[Any, ...]:
    """Decode what has places."""
    decoded: list[Any] = []
    try:
        for decoder, value in zip(decoders, values, strict=True):
            decoded.append(decoder(value))
    except _MisfitError as misfit:
        raise misfit.within(f"[{len(decoded)}]") from misfit
    return tuple(decoded)


def _entries(entries: Iterable[tuple[str, _Decoder, Any]]) -> dict[str, Any]:
    """Decode what has names."""
    decoded = {}
    for name, decoder, value in entries:
        try:
            decoded[name] = decoder(value)
        except _MisfitError as misfit:
            raise misfit.within(f".{name}") from misfit
    return decoded


def _require(fits: bool, wanted: str, value: Any) -> None:
    if not fits:
        raise _MisfitError("", f"{str(value)[:60]!r} is not {wanted}")
