"""Where output lies: a local folder, memory, or any object store that fsspec knows."""

from factory.storage.storage import Storage, open_storage

__all__ = ["Storage", "open_storage"]
