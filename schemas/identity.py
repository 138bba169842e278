"""Ids and seeds. Both follow from content alone, so two runs name and draw alike."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from schemas.jsonable import opened


def digest(*parts: Any) -> str:
    """SHA-256, 64 hex digits, of a sequence of JSON values, dataclasses, bytes and NumPy arrays.

    Each part is preceded by its kind and length, so ("ab", "c") and ("a", "bc") differ. Arrays count
    with dtype and shape. Raises TypeError for anything else.
    """
    state = hashlib.sha256()
    for part in parts:
        if isinstance(part, bytes):
            kind, body = b"bytes", memoryview(part)
        elif isinstance(part, np.ndarray):
            kind = f"array {part.dtype.str} {part.shape}".encode()
            body = np.ascontiguousarray(part).reshape(-1).view(np.uint8).data
        else:
            kind, body = b"json", memoryview(canonical_json(part))
        state.update(b"%s %d\n" % (kind, len(body)))
        state.update(body)
    return state.hexdigest()


def canonical_json(value: Any) -> bytes:
    """One byte string a JSON value: sorted keys, no blanks, no NaN. Raises ValueError or TypeError.

    Dataclasses count as what `to_json` makes of them.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=opened)
    return text.encode()


def generator(run_seed: int, scene_digest: str, storey: int, episode_index: int, purpose: str) -> np.random.Generator:
    """The random generator of one purpose ("plan", "captions", …) of one episode.

    Worker count, order, retries and machine cannot change it; nor can drawing more for one purpose
    change what another draws.
    """
    key = digest("seed", run_seed, scene_digest, storey, episode_index, purpose)
    return np.random.default_rng(np.random.SeedSequence(int(key, 16)))


def unit_id(dataset: str, scene: str, storey: int, first_episode: int, key: str) -> str:
    """A unit's name: readable, sortable, safe as a file name; `key` is the digest that makes it unique."""
    return f"{episode_id(dataset, scene, storey, first_episode)}-{key[:12]}"


def episode_id(dataset: str, scene: str, storey: int, episode_index: int) -> str:
    """An episode's name; as a WebDataset key it has no dot and no slash.

    With the longest ending of a frame's file it fits the 100 bytes that a USTAR header has for a name.
    """
    return f"{safe_name(dataset, 16)}-{safe_name(scene, 36)}-s{storey:02d}-e{episode_index:06d}"


def safe_name(text: str, longest: int = 80) -> str:
    """`text` with all but letters, digits and '_' replaced by '_', never empty.

    Where it would be longer than `longest`, its end gives way to a digest, so that long names stay distinct.
    """
    cleaned = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in text) or "_"
    return cleaned if len(cleaned) <= longest else f"{cleaned[: longest - 9]}_{digest(text)[:8]}"
