"""All adapters by name: the built-in ones and those that installed packages add.

A registration is an import string, so naming the datasets imports none of them. A package adds one
with an entry point in the group `navfoundry.scene_adapters`: `name = "package.module:ADAPTER"`.
"""

from __future__ import annotations

import difflib
import importlib
from importlib.metadata import entry_points

from scene_adapters.adapter import Adapter
from schemas.errors import RecipeError

__all__ = ["BUILT_IN", "GROUP", "Adapter", "adapter", "adapters", "available"]

GROUP = "navfoundry.scene_adapters"

BUILT_IN = {
    "files": "scene_adapters.files:ADAPTER",
    "front3d": "scene_adapters.front3d:ADAPTER",
    "gibson": "scene_adapters.gibson:ADAPTER",
    "hm3d": "scene_adapters.hm3d:ADAPTER",
    "hssd": "scene_adapters.hssd:ADAPTER",
    "replicacad": "scene_adapters.hssd:REPLICACAD",
    "matterport3d": "scene_adapters.matterport3d:ADAPTER",
    "replica": "scene_adapters.replica:ADAPTER",
    "procedural": "scene_adapters.procedural.adapter:ADAPTER",
}


def adapters() -> dict[str, str]:
    """Name → import string of every adapter, in order of name. Imports nothing; a built-in name cannot be taken."""
    plugins = {point.name: point.value for point in entry_points(group=GROUP)}
    return dict(sorted((plugins | BUILT_IN).items()))


def adapter(name: str) -> Adapter:
    """The adapter of that name.

    Raises RecipeError: an unknown name (with the closest right one), or a plug-in that cannot be imported.
    """
    known = BUILT_IN if name in BUILT_IN else adapters()  # asking for plug-ins reads every package's metadata
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
        raise RecipeError(f"no scene adapter {name!r}; {hint}")
    target = known[name]
    module, _, attribute = target.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute or "ADAPTER")
    except Exception as error:  # a plug-in may fail in any way while it is imported
        raise RecipeError(
            f"scene adapter {name!r} ({target}) cannot be imported: {type(error).__name__}: {error}; "
            "repair or uninstall the package that provides it"
        ) from error
    if not isinstance(found, Adapter):
        raise RecipeError(
            f"scene adapter {name!r}: {target} is a {type(found).__name__}; "
            "it must be a scene_adapters.registry.Adapter"
        )
    return found


def available() -> tuple[list[Adapter], list[str]]:
    """Every adapter that can be imported, and a message for each that cannot."""
    working: list[Adapter] = []
    broken: list[str] = []
    for name in adapters():
        try:
            working.append(adapter(name))
        except RecipeError as error:
            broken.append(str(error))
    return working, broken
