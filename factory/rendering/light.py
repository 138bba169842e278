"""Light of matt surfaces, found once for a scene: how it is kept and what it depends on."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace

import numpy as np

from schemas.arrays import AnyArray, Float16, Float32, Int32
from schemas.errors import StorageError
from schemas.identity import digest
from schemas.jsonable import to_json
from schemas.scenes import Mesh, Scene

LIGHT_VERSION = 3


@dataclass(frozen=True)
class BakedLight:
    """Light on a scene's surface: linear RGB that a white matt surface would send out.

    mesh : the surface, m triangles, cut finer where light is kept at corners
    parent : (m,) int32, indices of the scene's triangles
    texels : (H, W, 3) float16, an atlas
    texel : (m, 3, 2, 2) float32, where in it the front and the back of each corner finds its light, in 0..1 from the
    atlas's first row and column
    spots : (s, 3) float16, more light; spot : (m, 3, 2) int32, which is added at each corner's front and back
    The front of a triangle is where its corners are seen counter-clockwise.
    """

    mesh: Mesh
    parent: Int32
    texels: Float16
    texel: Float32
    spots: Float16
    spot: Int32

    def at_corners(self) -> Float32:
        """The light of the spots, (m, 3, 2, 3) float32."""
        return self.spots.astype(np.float32)[self.spot]


def light_key(scene: Scene) -> str:
    """Digest of all that decides a scene's baked light: surfaces, materials, textures, lights, sky and the method."""
    looks = [to_json(part) for part in (scene.mesh.materials, scene.lights, scene.sky)]
    textures = [digest(texture.encoded) for texture in scene.mesh.textures]
    return digest("light", LIGHT_VERSION, scene.digest, looks, textures)


def encode_light(light: BakedLight) -> bytes:
    """Light as a npz file, the same bytes every time. What the scene itself says is left out."""
    mesh = light.mesh
    arrays: dict[str, AnyArray | None] = {
        "texels": light.texels, "texel": light.texel, "spots": light.spots, "spot": light.spot,
        "vertices": mesh.vertices, "triangles": mesh.triangles, "parent": light.parent,
        "uv": mesh.uv, "color": mesh.color,
    }  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            if array is not None:
                member = io.BytesIO()
                np.lib.format.write_array(member, array, allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue())
    return file.getvalue()


def decode_light(data: bytes, scene: Scene) -> BakedLight:
    """The light that `encode_light` wrote for this scene. Raises StorageError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        parent = arrays["parent"]
        mesh = replace(
            scene.mesh,
            vertices=arrays["vertices"],
            triangles=arrays["triangles"],
            instance=scene.mesh.instance[parent],
            material=scene.mesh.material[parent],
            uv=arrays.get("uv"),
            color=arrays.get("color"),
        )
        light = BakedLight(mesh, parent, arrays["texels"], arrays["texel"], arrays["spots"], arrays["spot"])
    except (ValueError, KeyError, IndexError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise StorageError(
            f"not the baked light of scene {scene.ref.name}: {error}; delete the file and it is made again"
        ) from error
    return light
