"""HTTP to model servers: bounded in time and size, and turn by turn among several of them."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from schemas.errors import RecipeError

LONGEST_REPLY = 1 << 22


class BrokenReplyError(Exception):
    """A connection that failed, or a reply that ended early, too late or never, or is not JSON."""


@dataclass(frozen=True)
class Reply:
    """A server's answer. content : the JSON object, {} where there is none. retry_after : seconds, 0 where not said."""

    status: int
    content: dict[str, Any]
    retry_after: float


def fetch(url: str, body: dict[str, Any] | None, headers: dict[str, str], timeout: float) -> Reply:
    """POST a JSON body, or GET without one, in a connection of its own.

    timeout : seconds to connect, and then for all the rest. Raises BrokenReplyError.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.connect()
        with _cut_off(connection.sock, timeout):
            connection.request(*_request(parts, body), {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            text = response.read(LONGEST_REPLY + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise BrokenReplyError(f"{parts.netloc}: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if len(text) > LONGEST_REPLY:
        raise BrokenReplyError(f"{parts.netloc}: the reply goes on after {LONGEST_REPLY} bytes")
    content = _parse(text, response.status, parts.netloc)
    return Reply(response.status, content, _seconds(response.getheader("Retry-After")))


class Rota:
    """Whose turn it is. A server in trouble sits out for a while; safe to use from several threads."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._rested_at = dict.fromkeys(urls, 0.0)
        self._turns = itertools.count()
        self._lock = threading.Lock()

    def next(self) -> tuple[str, float]:
        """The next server, and the seconds to wait before it may be asked: 0 unless all of them sit out."""
        now = time.monotonic()
        with self._lock:
            rested = [url for url, at in self._rested_at.items() if at <= now]
            if rested:
                return rested[next(self._turns) % len(rested)], 0.0
            url = min(self._rested_at, key=self._rested_at.__getitem__)
            return url, self._rested_at[url] - now

    def rest(self, url: str, seconds: float) -> None:
        """Leave the server alone for so long, unless it is already left alone for longer."""
        with self._lock:
            self._rested_at[url] = max(self._rested_at[url], time.monotonic() + seconds)


def checked(url: str) -> str:
    """A base URL without its last slash. Raises RecipeError."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and parts.username is None
    except ValueError:
        whole = False
    if not whole:
        # The URL itself is not shown: where it is wrong, there may be a password in it.
        raise RecipeError(
            "captioning: servers.urls wants http(s)://HOST:PORT/v1, without a name or password in it (a key goes into "
            "the variable that api_key_env names), and one of them is none"
        )
    return url.rstrip("/")


@contextlib.contextmanager
def _cut_off(connection: socket.socket, seconds: float) -> Iterator[None]:
    """End the connection after so long. A byte now and then would outlive the time-outs of all single reads."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set():
            raise TimeoutError(f"no whole reply in {seconds:g} s") from error
        raise
    finally:
        watch.cancel()
    if late.is_set():
        raise TimeoutError(f"no whole reply in {seconds:g} s")


def _request(parts: SplitResult, body: dict[str, Any] | None) -> tuple[str, str, bytes | None]:
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return ("GET", path, None) if body is None else ("POST", path, json.dumps(body).encode())


def _parse(text: bytes, status: int, where: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        if status == http.HTTPStatus.OK:
            raise BrokenReplyError(f"{where}: the reply is no JSON ({error})") from error
        content = {"message": text[:300].decode("utf-8", "replace")}
    return content if isinstance(content, dict) else {}


def _seconds(header: str | None) -> float:
    """Of a Retry-After header; 0 for a date, which is worth no more than our own back-off."""
    return float(header) if header is not None and header.strip().isdecimal() else 0.0
