"""Answers that were paid for, kept in the output's storage, so that no crash and no relaunch pays again.

`answers/<scope>/NNNNNN-<digest>.jsonl` are segments: a line an answer with its key and its own digest. A group of
answers is written as soon as it has come. A line that is not what its digest says is dropped, and asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from captioning.chat import Answer, Chat, Fault, ModelIdentity, Request, in_order
from factory.storage import Storage
from schemas.errors import StorageError
from schemas.identity import canonical_json, digest
from schemas.jsonable import from_json, to_json

FOLDER = "answers"
# A scope, one unit's answers, has so many bytes at most; when it is full, the older half goes.
LIMIT_BYTES = 64 << 20
# More segments than these are made one.
MOST_SEGMENTS = 32


class Remembering:
    """A chat that asks another one only what it has not answered before."""

    def __init__(self, chat: Chat, storage: Storage, scope: str, limit_bytes: int = LIMIT_BYTES) -> None:
        """Open what is known of a scope. Raises StorageError.

        scope : whose answers, e.g. the id of a unit; a name of letters, digits, '_', '-', '.' and '/'
        """
        self._chat = chat
        self._segments = _Segments(storage, f"{FOLDER}/{scope}", limit_bytes)
        self._known = self._segments.load()

    @property
    def identity(self) -> ModelIdentity:
        """Of the chat that is asked."""
        return self._chat.identity

    @property
    def damaged(self) -> int:
        """Answers that were found damaged and dropped."""
        return self._segments.damaged

    def budget(self, request: Request) -> int:
        """As of the chat that is asked."""
        return self._chat.budget(request)

    def answer(self, requests: Sequence[Request]) -> list[Answer | Fault]:
        """As of the chat that is asked; a fault is not remembered. Raises StorageError too."""
        return in_order(len(requests), self.arrivals(requests))

    def arrivals(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Fault]]]:
        """What is known first, then the rest as it comes. Equal requests are asked once."""
        wanted: dict[str, list[int]] = {}
        for index, key in enumerate(self._keys(requests)):
            wanted.setdefault(key, []).append(index)
        known: list[tuple[int, Answer | Fault]]
        known = [(index, self._known[key]) for key, same in wanted.items() if key in self._known for index in same]
        if known:
            yield known
        missing = [key for key in wanted if key not in self._known]
        for group in self._chat.arrivals([requests[wanted[key][0]] for key in missing]) if missing else ():
            self._keep({missing[at]: outcome for at, outcome in group if isinstance(outcome, Answer)})
            yield [(index, outcome) for at, outcome in group for index in wanted[missing[at]]]

    def close(self) -> None:
        """As of the chat that is asked."""
        self._chat.close()

    def _keys(self, requests: Sequence[Request]) -> list[str]:
        who = to_json(self._chat.identity)
        return [digest("answer", who, request.digest()) for request in requests]

    def _keep(self, answers: dict[str, Answer]) -> None:
        if answers:
            self._known.update(answers)
            self._segments.append(answers, self._known)


class _Segments:
    """The files of one scope. Several processes may write to it: each writes only files of its own content."""

    def __init__(self, storage: Storage, folder: str, limit_bytes: int) -> None:
        self._storage = storage
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._sizes: dict[str, int] = {}
        self.damaged = 0

    def load(self) -> dict[str, Answer]:
        """All answers of the scope."""
        answers: dict[str, Answer] = {}
        self.damaged = 0
        for name in self._storage.names(f"{self._folder}/"):
            content = self._read(name)
            if content is not None:
                self._sizes[name] = len(content)
                for line in content.splitlines():
                    self._take(line, answers)
        if self.damaged:
            self._merge(answers)
        return answers

    def append(self, new: dict[str, Answer], known: dict[str, Answer]) -> None:
        """Write a segment. known : all answers that then are in segments, the oldest first."""
        self._write(b"".join(_line(key, answer) for key, answer in new.items()))
        if len(self._sizes) > MOST_SEGMENTS or self._full:
            self._merge(known)

    @property
    def _full(self) -> bool:
        return sum(self._sizes.values()) > self._limit_bytes

    def _merge(self, known: dict[str, Answer]) -> None:
        merged = list(self._sizes)
        lines, room = [], self._limit_bytes // 2 if self._full else self._limit_bytes
        for key, answer in reversed(known.items()):
            line = _line(key, answer)
            room -= len(line)
            if room < 0:
                break
            lines.append(line)
        self._write(b"".join(reversed(lines)))
        for name in merged:
            self._remove(name)

    def _write(self, content: bytes) -> None:
        last = max(self._sizes, default=f"{self._folder}/000000-")
        number = int(last.removeprefix(f"{self._folder}/")[:6]) + 1
        name = f"{self._folder}/{number:06d}-{digest('segment', content)[:12]}.jsonl"
        self._storage.write(name, content)
        self._sizes[name] = len(content)

    def _take(self, line: bytes, answers: dict[str, Answer]) -> None:
        try:
            entry = json.loads(line)
            key, answer = entry["key"], entry["answer"]
            whole = entry["sha256"] == _proof(key, answer)
            read = from_json(Answer, answer)
        except (ValueError, TypeError, KeyError):
            whole = False
        if whole:
            answers[key] = read
        else:
            self.damaged += 1

    def _read(self, name: str) -> bytes | None:
        """None where another process has just merged it into another segment."""
        try:
            return self._storage.read(name)
        except StorageError:
            if self._storage.exists(name):
                raise
            return None

    def _remove(self, name: str) -> None:
        del self._sizes[name]
        if self._storage.exists(name):
            self._storage.delete(name)


def _line(key: str, answer: Answer) -> bytes:
    content = to_json(answer)
    return canonical_json({"key": key, "answer": content, "sha256": _proof(key, content)}) + b"\n"


def _proof(key: Any, answer: Any) -> str:
    return digest("kept", key, answer)
