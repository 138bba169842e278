"""A real HTTP server on loopback that speaks as a model server does, or misbehaves as scripted."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Given the handler of a chat request and its body, replies.
Behaviour = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


@dataclass
class Script:
    """behaviours : of the first chat requests, in order; then all are answered well. seen : bodies and headers."""

    behaviours: list[Behaviour] = field(default_factory=list)
    then: Behaviour | None = None
    model: str = "tiny"
    key: str | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, body: dict[str, Any], key: str | None) -> Behaviour:
        with self._lock:
            self.seen.append(body)
            self.keys.append(key)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            return self.behaviours.pop(0) if self.behaviours else self.then or answering()

    def leave(self) -> None:
        with self._lock:
            self._now -= 1


@contextlib.contextmanager
def serving(script: Script) -> Iterator[str]:
    """The base URL of a server that follows the script."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/v1/models":
                reply(self, 200, {"data": [{"id": script.model, "owned_by": "script", "max_model_len": 4096}]})
            elif self.path == "/version":
                reply(self, 200, {"version": "7.7"})
            else:
                reply(self, 404, {"error": {"message": "no such page"}})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers.get("Authorization")
            behave = script.enter(body, key)
            with contextlib.suppress(OSError):
                if script.key is not None and key != f"Bearer {script.key}":
                    reply(self, 401, {"error": {"message": "wrong key"}})
                else:
                    behave(self, body)
            script.leave()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)


def completion(text: Any, finish_reason: str = "stop", prompt: int = 5, output: int = 3) -> dict[str, Any]:
    return {
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": output},
    }


def asked(body: dict[str, Any]) -> str:
    """The user's words of a request."""
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[-1]["text"]


def answering(text: str | None = None, **details: Any) -> Behaviour:
    """Answers well: with the text, or with what was asked in capitals."""
    return lambda handler, body: reply(handler, 200, completion(text or asked(body).upper(), **details))


def failing(status: int, message: str = "trouble", **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, body: reply(handler, status, {"error": {"message": message}}, named)


def saying(raw: bytes) -> Behaviour:
    """A 200 with any bytes."""
    return lambda handler, body: reply(handler, 200, raw)


def hanging(seconds: float) -> Behaviour:
    return lambda handler, body: time.sleep(seconds)


def dying(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """Promises a long reply and ends the connection within it."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def dripping(seconds: float) -> Behaviour:
    """A header every now and then, each within any time-out of a read."""

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(b"X: y\r\n")
            handler.wfile.flush()
            time.sleep(0.1)

    return behave


def endless(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(1000):
            handler.wfile.write(b" " * 65536)
