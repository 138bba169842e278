"""The elements of a PLY file as columns, whatever their types, order and encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit

from schemas.arrays import AnyArray, Int32, Int64, UInt8
from schemas.errors import SceneError

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}
_MAX_HEADER = 65536
_TEXT_TYPE = "f8"


@dataclass(frozen=True)
class Ragged:
    """Lists of any length in a row: `values` (total,) and `lengths` (count,); `uniform` is the one length, or 0."""

    values: AnyArray
    lengths: Int32
    uniform: int

    @property
    def starts(self) -> Int64:
        """(count,) int64: where each list begins in `values`."""
        ends = np.cumsum(self.lengths, dtype=np.int64)
        return np.asarray(ends - self.lengths)


@dataclass(frozen=True)
class Table:
    """One element's properties: single values (count,) in their declared type, and lists."""

    values: Mapping[str, AnyArray]
    lists: Mapping[str, Ragged]


@dataclass(frozen=True)
class _Property:
    """`kind` as in NumPy; `counted` is the type of a list's length, "" for a single value."""

    name: str
    kind: str
    counted: str


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]


def read_tables(path: Path) -> tuple[dict[str, Table], tuple[str, ...]]:
    """Every element by name, and the header's comments. Binary files are mapped, not read.

    Raises SceneError or ValueError for what is no PLY, or shorter than its header says.
    """
    encoding, elements, comments, size = _read_header(path)
    if encoding == "ascii":
        # Words become 8-byte numbers: a text file is then a binary one of doubles.
        words = np.array(path.read_bytes()[size:].split(), dtype=np.float64)
        data, at = words.view(np.uint8), 0
    else:
        data, at = np.memmap(path, np.uint8, "r"), size
    tables = {}
    for element in elements:
        stored = element if encoding != "ascii" else _as_text(element)
        table, at = _read_element(data, at, stored, _ORDERS[encoding], path)
        declared = {entry.name: np.dtype(entry.kind) for entry in element.properties}
        values = {name: column.astype(declared[name], copy=False) for name, column in table.values.items()}
        tables[element.name] = Table(values, table.lists)
    return tables, comments


def _read_header(path: Path) -> tuple[str, tuple[_Element, ...], tuple[str, ...], int]:
    with path.open("rb") as file:
        head = file.read(_MAX_HEADER)
    if not head.startswith(b"ply"):
        raise SceneError(f"{path}: does not begin with 'ply': it is no PLY file; fetch or export it again")
    end = head.find(b"end_header")
    if end < 0:
        raise SceneError(f"{path}: its header has no end: truncated; fetch it again")
    size = head.index(b"\n", end) + 1
    encoding, comments = "", []
    elements: list[_Element] = []
    for line in head[:end].decode("ascii", "replace").splitlines()[1:]:
        words = line.split()
        if not words:
            continue
        if words[0] == "format":
            encoding = words[1]
        elif words[0] == "comment":
            comments.append(line.strip().removeprefix("comment").strip())
        elif words[0] == "element":
            elements.append(_Element(words[1], int(words[2]), ()))
        elif words[0] == "property":
            last = elements[-1]
            elements[-1] = _Element(last.name, last.count, (*last.properties, _property(words)))
    if encoding not in _ORDERS or any(element.count < 0 for element in elements):
        raise ValueError(f"format {encoding!r} with {[element.count for element in elements]} elements")
    return encoding, tuple(elements), tuple(comments), size


def _property(words: list[str]) -> _Property:
    if words[1] == "list":
        return _Property(words[4], _TYPES[words[3]], _TYPES[words[2]])
    return _Property(words[2], _TYPES[words[1]], "")


def _as_text(element: _Element) -> _Element:
    entries = tuple(_Property(e.name, _TEXT_TYPE, _TEXT_TYPE if e.counted else "") for e in element.properties)
    return _Element(element.name, element.count, entries)


def _read_element(data: UInt8, at: int, element: _Element, order: str, path: Path) -> tuple[Table, int]:
    """The element that starts at byte `at`, and where it ends."""
    if not element.count or not element.properties:
        return Table({}, {}), at
    records = _uniform_records(data, at, element, order)
    if records is None:
        return _read_ragged(data, at, element, order)
    values = {entry.name: records[entry.name] for entry in element.properties if not entry.counted}
    lists = {}
    for entry in element.properties:
        if entry.counted:
            width = records[entry.name].shape[1]
            lengths = np.full(element.count, width, np.int32)
            lists[entry.name] = Ragged(records[entry.name].reshape(-1), lengths, width)
    return Table(values, lists), at + records.nbytes


def _uniform_records(data: UInt8, at: int, element: _Element, order: str) -> AnyArray | None:
    """The element as a structured array, if all its lists are as long as the first ones; else None."""
    fields: list[tuple[str, str, tuple[int, ...]]] = []
    offset = at
    for number, entry in enumerate(element.properties):
        width: tuple[int, ...] = ()
        if entry.counted:
            counted = np.dtype(order + entry.counted)
            length = int(np.frombuffer(data, counted, 1, offset)[0])
            if not 0 <= length <= len(data):
                raise ValueError(f"a list of {length} values")
            fields.append((f"length {number}", counted.str, ()))
            width, offset = (length,), offset + counted.itemsize
        kind = np.dtype(order + entry.kind)
        fields.append((entry.name, kind.str, width))
        offset += kind.itemsize * (width[0] if width else 1)
    dtype = np.dtype(fields)
    if at + element.count * dtype.itemsize > len(data):
        if any(entry.counted for entry in element.properties):
            return None
        raise ValueError(f"{element.count} × {element.name} do not fit into the file: truncated")
    records = np.frombuffer(data, dtype, element.count, at)
    for number, entry in enumerate(element.properties):
        if entry.counted and (records[f"length {number}"] != records[entry.name].shape[1]).any():
            return None
    return records


def _read_ragged(data: UInt8, at: int, element: _Element, order: str) -> tuple[Table, int]:
    sizes = np.array([np.dtype(entry.kind).itemsize for entry in element.properties])
    counted = np.array([np.dtype(entry.counted).itemsize if entry.counted else 0 for entry in element.properties])
    if element.count * int((sizes * (counted == 0) + counted).sum()) > len(data) - at:
        raise ValueError(f"{element.count} × {element.name} do not fit into the file: truncated")
    offsets, lengths, end = _walk(data, at, element.count, sizes, counted, order == ">")
    if end < 0:
        raise ValueError(f"{element.name}: a list runs beyond the end of the file: truncated")
    values: dict[str, AnyArray] = {}
    lists: dict[str, Ragged] = {}
    for number, entry in enumerate(element.properties):
        width = np.ascontiguousarray(lengths[:, number])
        start = np.repeat(offsets[:, number], width)
        step = np.arange(len(start)) - np.repeat(np.cumsum(width) - width, width)
        kind = np.dtype(order + entry.kind)
        first = start + step * kind.itemsize
        flat = data[first[:, None] + np.arange(kind.itemsize)].reshape(-1).view(kind)
        if entry.counted:
            lists[entry.name] = Ragged(flat, width, 0)
        else:
            values[entry.name] = flat
    return Table(values, lists), end


@njit(cache=True, nogil=True)
def _walk(data: UInt8, at: int, count: int, sizes: Int64, counted: Int64, big_endian: bool) -> tuple[Int64, Int32, int]:
    """Byte offset and number of values of each property of each record, and the end; −1 when they do not fit.

    counted : bytes of a list's length, 0 for a single value, 8 for a length stored as a double
    """
    offsets = np.zeros((count, len(sizes)), np.int64)
    lengths = np.ones((count, len(sizes)), np.int32)
    for record in range(count):
        for column in range(len(sizes)):
            length = 1
            if counted[column]:
                if at + counted[column] > len(data):
                    return offsets, lengths, -1
                if counted[column] == 8:
                    length = int(data[at : at + 8].view(np.float64)[0])
                else:
                    length = 0
                    for byte in range(counted[column]):
                        place = byte if big_endian else counted[column] - 1 - byte
                        length = length * 256 + data[at + place]
                at += counted[column]
            if length < 0 or length > len(data) or at + length * sizes[column] > len(data):
                return offsets, lengths, -1
            offsets[record, column], lengths[record, column] = at, length
            at += length * sizes[column]
    return offsets, lengths, at
