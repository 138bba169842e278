"""Read the data in a pickle without ever running it: plain containers, numbers, text and NumPy arrays.

The stream is taken apart with `pickletools`, which executes nothing, and rebuilt by an interpreter of our
own that knows a few NumPy and codec names as words for data. Any other name is refused.
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

_ARRAY, _NDARRAY, _DTYPE, _SCALAR, _ENCODE, _BYTES = "array", "ndarray", "dtype", "scalar", "encode", "bytes"
_NAMES = {
    "numpy.core.multiarray _reconstruct": _ARRAY,
    "numpy._core.multiarray _reconstruct": _ARRAY,
    "numpy ndarray": _NDARRAY,
    "numpy dtype": _DTYPE,
    "numpy.core.multiarray scalar": _SCALAR,
    "numpy._core.multiarray scalar": _SCALAR,
    "_codecs encode": _ENCODE,
    "__builtin__ bytes": _BYTES,
}
_VALUES = frozenset(
    ["INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
     "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
     "BINBYTES8"]
)  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, type] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MAX_OPERATIONS = 20_000_000
_KINDS = frozenset("biufcSU?")


@dataclass(frozen=True)
class _Name:
    meaning: str


@dataclass
class _Pending:
    """An array or a dtype between its creation and its state."""

    kind: str
    value: Any = None


_MARK = object()


def read_inert_pickle(stream: BinaryIO) -> Any:
    """The value in a pickle: dicts, lists, tuples, numbers, text, bytes and arrays.

    Raises ValueError or TypeError for a name that is not known and for an operation that is not plain data;
    damaged streams raise what parsers raise (see `scene_adapters.paths.parsing`).
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for count, (operation, argument, _) in enumerate(pickletools.genops(stream)):
        if count > _MAX_OPERATIONS:
            raise ValueError("too many operations")
        if operation.name == "STOP":
            return _finished(stack.pop())
        _step(operation.name, argument, stack, memo)
    raise ValueError("the pickle has no end")


def _step(name: str, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    if name in _VALUES:
        stack.append(argument)
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name in _EMPTY:
        stack.append(_EMPTY[name]())
    elif name in ("PROTO", "FRAME"):
        pass
    elif name == "MARK":
        stack.append(_MARK)
    elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
        memo[argument] = stack[-1]
    elif name == "MEMOIZE":
        memo[len(memo)] = stack[-1]
    elif name in ("BINGET", "LONG_BINGET", "GET"):
        stack.append(memo[argument])
    elif name in _TUPLES:
        stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
    else:
        _combine(name, argument, stack)


def _combine(name: str, argument: Any, stack: list[Any]) -> None:
    """The operations that take what is on the stack."""
    if name == "APPEND":
        item = stack.pop()
        stack[-1].append(item)
    elif name == "SETITEM":
        value, key = stack.pop(), stack.pop()
        stack[-1][key] = value
    elif name in ("APPENDS", "SETITEMS", "TUPLE", "LIST", "DICT"):
        _gather(name, stack)
    elif name in ("GLOBAL", "STACK_GLOBAL"):
        if name == "STACK_GLOBAL":
            attribute, module = stack.pop(), stack.pop()
            argument = f"{module} {attribute}"
        if argument not in _NAMES:
            raise ValueError(f"names {argument!r}, which could run code; only plain data is read")
        stack.append(_Name(_NAMES[argument]))
    elif name == "REDUCE":
        arguments, callee = stack.pop(), stack.pop()
        stack.append(_reduced(callee, arguments))
    elif name == "BUILD":
        state = stack.pop()
        _build(stack[-1], state)
    else:
        raise ValueError(f"has the operation {name}; only plain data is read")


def _gather(name: str, stack: list[Any]) -> None:
    start = len(stack) - 1 - next(i for i, item in enumerate(reversed(stack)) if item is _MARK)
    items = stack[start + 1 :]
    del stack[start:]
    if name == "APPENDS":
        stack[-1].extend(items)
    elif name == "SETITEMS":
        stack[-1].update(zip(items[::2], items[1::2], strict=True))
    elif name == "DICT":
        stack.append(dict(zip(items[::2], items[1::2], strict=True)))
    else:
        stack.append(tuple(items) if name == "TUPLE" else items)


def _reduced(callee: Any, arguments: Any) -> Any:
    meaning = callee.meaning if isinstance(callee, _Name) else ""
    if meaning == _ARRAY:
        return _Pending(_ARRAY)
    if meaning == _DTYPE:
        return _Pending(_DTYPE, str(arguments[0]))
    if meaning == _SCALAR:
        return np.frombuffer(_bytes(arguments[1]), _dtype(arguments[0]), 1)[0].item()
    if meaning == _ENCODE and arguments[1] in ("latin1", "latin-1"):
        return str(arguments[0]).encode("latin-1")
    if meaning == _BYTES and not arguments:
        return b""
    raise ValueError("calls something; only plain data is read")


def _build(target: Any, state: Any) -> None:
    if not isinstance(target, _Pending):
        raise TypeError("sets the state of an object; only plain data is read")
    if target.kind == _DTYPE:
        order = state[1]
        target.value = order + target.value if order in ("<", ">") else target.value
        return
    _, shape, dtype, fortran, content = state
    if isinstance(content, list):  # an array of Python objects
        target.value = content
        return
    array = np.frombuffer(_bytes(content), _dtype(dtype))
    target.value = array.reshape(shape, order="F" if fortran else "C")


def _dtype(pending: Any) -> np.dtype[Any]:
    dtype = np.dtype(pending.value if isinstance(pending, _Pending) else str(pending))
    if dtype.kind not in _KINDS or dtype.itemsize == 0:
        raise ValueError(f"an array of type {dtype}; only numbers and text are read")
    return dtype


def _bytes(content: Any) -> bytes:
    # Python 2 wrote bytes as text.
    return content.encode("latin-1") if isinstance(content, str) else bytes(memoryview(content))


def _finished(value: Any) -> Any:
    if isinstance(value, _Pending):
        return _finished(value.value)
    if isinstance(value, dict):
        return {_finished(key): _finished(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_finished(item) for item in value)
    if isinstance(value, _Name):
        raise TypeError("holds a name instead of data")
    return value
