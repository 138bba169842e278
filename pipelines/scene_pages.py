"""`navfoundry scenes`: what a dataset holds, before anything is made from it."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path

import cv2

from factory.navigation import storeys_of
from factory.rendering.top_down import top_down
from pipelines.runs import load_scene
from scene_adapters.check import check_adapter
from scene_adapters.registry import adapter
from schemas.errors import NavfoundryError, RecipeError, SceneError
from schemas.recipe import Scenes
from schemas.scenes import Scene


def section(dataset: str, root: str | None, options: list[str], select: list[str]) -> Scenes:
    """The recipe section that command line options spell. Raises RecipeError for one without '='."""
    parsed: dict[str, str | int | float | bool] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not (key and equals):
            raise RecipeError(f"--option {option!r}: write KEY=VALUE, e.g. --option count=3")
        parsed[key] = _value(value)
    return Scenes(dataset=dataset, root=root, select=tuple(select), options=parsed)


def list_text(dataset: str, root: str | None, options: list[str], select: list[str]) -> str:
    """A line a scene: name, licence, source."""
    refs = adapter(dataset).list(section(dataset, root, options, select))
    lines = [f"{ref.name:32} {ref.licence:20} {ref.source}" for ref in refs]
    return "\n".join([*lines, f"{len(refs)} scenes in {dataset}"])


def show_text(dataset: str, name: str, root: str | None, options: list[str], picture: Path | None) -> str:
    """All that one scene holds, in words; a top-down picture of its first storey into `picture`."""
    scenes = section(dataset, root, options, [])
    refs = {ref.name: ref for ref in adapter(dataset).list(scenes)}
    if name not in refs:
        close = difflib.get_close_matches(name, refs, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"see `navfoundry scenes list {dataset}`"
        raise RecipeError(f"{dataset} has no scene {name!r}; {hint}")
    scene = load_scene(refs[name], scenes)
    text = describe(scene)
    if picture is not None:
        _draw(scene, picture)
        text += f"\npicture      {picture}"
    return text


def _draw(scene: Scene, picture: Path) -> None:
    storeys = storeys_of(scene)
    if not storeys:
        raise SceneError(
            f"scene {scene.ref.dataset}/{scene.ref.name}: no storey found, so there is nothing to draw for --picture; "
            "check its up axis and unit"
        )
    image = top_down(scene, storeys[0])
    try:
        written = cv2.imwrite(str(picture), image[..., ::-1])
    except cv2.error:  # an extension that OpenCV does not know
        written = False
    if not written:
        raise RecipeError(f"--picture {picture}: cannot be written; give a .png in a folder that exists")


def check_text(dataset: str, root: str | None, options: list[str], select: list[str]) -> tuple[str, bool]:
    """A line a scene: sound, or what to change. The second value: whether all are sound."""
    scenes = section(dataset, root, options, select)
    lines, sound = [], True
    for ref in adapter(dataset).list(scenes):
        try:
            problems = check_adapter(adapter(dataset), scenes.model_copy(update={"select": (ref.name,)}))
        except NavfoundryError as error:
            problems = [str(error)]
        sound = sound and not problems
        lines += [f"{ref.name}: {problem}" for problem in problems] or [f"{ref.name}: sound"]
    return "\n".join(lines), sound


def describe(scene: Scene) -> str:
    """Bounds, size, storeys, labels and notes of a loaded scene, a fact a line."""
    mesh = scene.mesh
    low, high = scene.bounds
    labelled = mesh.instance > 0
    known = [i for i in scene.instances if i.category not in ("unlabeled", "void")]
    categories = Counter(instance.category for instance in known)
    storeys = storeys_of(scene)
    lines = [
        f"scene        {scene.ref.dataset}/{scene.ref.name} ({scene.ref.licence})",
        f"digest       {scene.digest}",
        f"bounds       {' × '.join(f'{b - a:.2f}' for a, b in zip(low, high, strict=True))} m, "
        f"z {low[2]:.2f} … {high[2]:.2f}",
        f"triangles    {len(mesh.triangles):,} ({labelled.mean():.1%} with an instance)",
        f"looks        {len(mesh.materials)} materials, {len(mesh.textures)} textures, {scene.lighting.value}, "
        f"{len(scene.lights)} lights",
        f"instances    {len(scene.instances)}, {len(known)} labelled, {len(categories)} of the mpcat40 categories",
        f"categories   {', '.join(f'{name} {count}' for name, count in categories.most_common())}",
        *(f"storey {s.index}     floor {s.floor_z:.2f} m, ceiling {s.ceiling_z:.2f} m" for s in storeys),
        *(f"room {room.id:<8}{room.label} (storey {room.storey})" for room in scene.rooms),
        *(f"note         {note}" for note in scene.notes),
    ]
    return "\n".join(lines)


def _value(text: str) -> str | int | float | bool:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
