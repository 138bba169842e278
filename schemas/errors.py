"""Errors a user can act on. The command line prints them without a traceback and exits with 1."""

from __future__ import annotations


class NavfoundryError(Exception):
    """An expected failure: the message says what, where (scene, unit, file), why and what to do."""


class RecipeError(NavfoundryError):
    """The user's configuration cannot be used."""


class SceneError(NavfoundryError):
    """A scene or a file of it cannot be loaded or used."""


class StorageError(NavfoundryError):
    """The output cannot be read or written, or belongs to another recipe."""


class ShardError(NavfoundryError):
    """A shard, table or manifest is not what its manifest says."""


class CaptionError(NavfoundryError):
    """A language model refuses most of what it is asked, and would refuse it again."""


class MissingExtraError(NavfoundryError):
    """An optional package is absent; the message has the command that installs it."""


class TransientError(NavfoundryError):
    """A fault worth a retry: a killed child, a deadline, a lost worker."""
