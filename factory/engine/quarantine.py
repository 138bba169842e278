"""Items that were given up: `quarantine/<id>.json` says why, and the next run tries them again."""

from __future__ import annotations

import json

from factory.engine.attempts import Fault
from factory.storage import Storage
from schemas.errors import StorageError

LOG_LINES = 40


def _name(item_id: str) -> str:
    return f"quarantine/{item_id}.json"


def quarantined(storage: Storage) -> frozenset[str]:
    """Ids in quarantine."""
    names = (name.removeprefix("quarantine/") for name in storage.names("quarantine/"))
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


def put(storage: Storage, item_id: str, attempts: int, fault: Fault) -> None:
    """Record the last fault with the end of the item's log. Raises StorageError."""
    log = f"logs/{item_id}.log"
    content = {
        "id": item_id,
        "attempts": attempts,
        "exception": fault.kind,
        "message": fault.message,
        "traceback": fault.traceback.splitlines(),
        "log": log,
        "log_end": _last_lines(storage, log),
    }
    storage.write(_name(item_id), json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n")


def release(storage: Storage, item_id: str) -> None:
    """Take a mended item out of quarantine. Raises StorageError."""
    storage.delete(_name(item_id))


def _last_lines(storage: Storage, log: str) -> list[str]:
    try:
        return storage.read(log).decode(errors="replace").splitlines()[-LOG_LINES:]
    except StorageError:
        return []
