"""The baked light of a scene: made once, kept in the storage, read again by every unit and every relaunch."""

from __future__ import annotations

from factory.navigation import storeys_of
from factory.rendering.baking import bake_light
from factory.rendering.cost import pays_to_bake
from factory.rendering.light import BakedLight, decode_light, encode_light, light_key
from factory.storage import Storage
from schemas.recipe import Recipe
from schemas.scenes import Lighting, Scene


def light_for(recipe: Recipe, scene: Scene, storage: Storage, threads: int) -> BakedLight | None:
    """The light of a lit scene under `lights/`, baked where there is none yet; None where frames are lit anew.

    Raises what `bake_light` raises.
    """
    if not is_baked(recipe, scene):
        return None
    name = f"lights/{light_key(scene)}.npz"
    if storage.exists(name):
        return decode_light(storage.read(name), scene)
    light = bake_light(scene, threads)
    storage.write(name, encode_light(light))
    return light


def is_baked(recipe: Recipe, scene: Scene) -> bool:
    """Whether the recipe wants this scene's light baked; follows from the two alone."""
    settings = recipe.rendering
    if scene.lighting is Lighting.UNLIT or settings.lighting == "path-traced":
        return False
    return settings.lighting == "baked" or pays_to_bake(
        scene, settings, recipe.camera.camera(), expected_frames(recipe, scene)
    )


def expected_frames(recipe: Recipe, scene: Scene) -> float:
    """Frames that a recipe will want of a scene in one look: all its walks, of middling length, through all cameras."""
    whole = recipe.episodes.per_storey * max(1, len(storeys_of(scene)))
    walks = whole if recipe.variation is None else min(whole, recipe.variation.per_look)
    length = sum(recipe.navigation.distance) / 2
    return walks * length / recipe.navigation.spacing * max(1, len(recipe.robot.mounts))
