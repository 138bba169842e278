"""What an adapter is: a name, its terms, and two functions."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from schemas.errors import RecipeError
from schemas.recipe import Scenes
from schemas.scenes import Scene, SceneRef

Refs = list[SceneRef]


@dataclass(frozen=True)
class Adapter:
    """One source of scenes.

    name : as in the recipe's `dataset`
    licence : SPDX id or the dataset's own name for its terms
    how_to_obtain : one sentence for somebody who does not have the data
    list : cheap; the scenes that the recipe's section chooses, in a fixed order. Raises SceneError
    load : one of them, in the world frame (Z up, metres). Raises SceneError naming the file
    """

    name: str
    licence: str
    how_to_obtain: str
    list: Callable[[Scenes], Refs]
    load: Callable[[SceneRef, Scenes], Scene]


def chosen(refs: Iterable[SceneRef], scenes: Scenes) -> Refs:
    """The refs that `select` (names or shell patterns) and `limit` leave, in order of name.

    Raises RecipeError for a pattern that fits none.
    """
    ordered = sorted(refs, key=lambda ref: ref.name)
    for pattern in scenes.select:
        if not any(fnmatch.fnmatchcase(ref.name, pattern) for ref in ordered):
            names = ", ".join(ref.name for ref in ordered[:8]) + (" …" if len(ordered) > 8 else "")
            raise RecipeError(
                f"{scenes.dataset}: no scene fits {pattern!r} in select; there are {len(ordered)}: {names or 'none'}"
            )
    if scenes.select:
        ordered = [ref for ref in ordered if any(fnmatch.fnmatchcase(ref.name, p) for p in scenes.select)]
    return ordered[: scenes.limit]


def options(scenes: Scenes, allowed: Mapping[str, tuple[str, ...] | str]) -> dict[str, str]:
    """The section's options as text, with defaults filled in.

    allowed : option → its values, the default first; or → a default, where any text goes
    Raises RecipeError for an unknown option or value, naming the closest right one.
    """
    found = {name: values if isinstance(values, str) else values[0] for name, values in allowed.items()}
    for name, value in scenes.options.items():
        if name not in allowed:
            raise RecipeError(f"{scenes.dataset}: no option {name!r}; {_closest(name, list(allowed))}")
        text, values = str(value).lower() if isinstance(value, bool) else str(value), allowed[name]
        if not isinstance(values, str) and text not in values:
            raise RecipeError(f"{scenes.dataset}: {name} = {value!r}; {_closest(text, list(values))}")
        found[name] = text
    return found


def _closest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
