"""The procedural homes as a dataset: a range of seeds."""

from __future__ import annotations

import difflib

from scene_adapters.adapter import Adapter, chosen
from scene_adapters.procedural.home import KINDS, LICENCE, home, home_ref
from schemas.errors import RecipeError, SceneError
from schemas.recipe import Scenes
from schemas.scenes import Scene, SceneRef

_OPTIONS = ("count", "first_seed", "kind")
_MOST = 1_000_000


def list_homes(scenes: Scenes) -> list[SceneRef]:
    """One ref a seed: first_seed (0), first_seed + 1, … `count` (10) of them, all of one `kind` ("any").

    Raises RecipeError for an option that is unknown, of the wrong type or out of range.
    """
    for name in scenes.options:
        if name not in _OPTIONS:
            raise RecipeError(f"procedural: unknown option {name!r}; {_closest(name, _OPTIONS)}")
    if scenes.root is not None:
        raise RecipeError("procedural: takes no root, homes are made from seeds; remove `root`")
    first = _whole_number(scenes, "first_seed", 0, 0)
    count = _whole_number(scenes, "count", 10, 1)
    kind = scenes.options.get("kind", "any")
    if kind not in (*KINDS, "any"):
        raise RecipeError(f"procedural: no kind {kind!r}; {_closest(str(kind), ('any', *KINDS))}")
    return chosen((home_ref(seed, str(kind)) for seed in range(first, first + count)), scenes)


def load_home(ref: SceneRef, scenes: Scenes) -> Scene:
    """The home that a ref of `list_homes` stands for. Raises SceneError for any other ref."""
    kind, _, seed = ref.source.partition(":")
    if kind not in (*KINDS, "any") or not seed.isdecimal():
        raise SceneError(f"procedural: {ref.name}: source {ref.source!r} is not `kind:seed`; list the homes anew")
    return home(int(seed), kind)


def _whole_number(scenes: Scenes, name: str, default: int, least: int) -> int:
    value = scenes.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MOST:
        raise RecipeError(f"procedural: {name} = {value!r}; give a whole number from {least} to {_MOST}")
    return value


def _closest(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"


ADAPTER = Adapter(
    name="procedural",
    licence=LICENCE,
    how_to_obtain="Nothing to obtain: the homes are made from seeds.",
    list=list_homes,
    load=load_home,
)
