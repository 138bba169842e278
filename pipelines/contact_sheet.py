"""One page a person enjoys looking at: what a run made, episode by episode."""

from __future__ import annotations

from factory.storage import Storage


def write_contact_sheet(storage: Storage, limit: int) -> bytes | None:
    """A self-contained HTML page of the first `limit` episodes in `storage`; None where there is none yet."""
    return None
