"""How much memory a load takes at its peak, in a process of its own: prints that over the scene's arrays.

Arguments: dataset, root of a tiny scene, which is loaded first so that code counts for nothing, root of the scene.
Counted is what is resident: Python's, NumPy's and compiled code's memory, and pages of mapped files.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from scene_adapters.registry import adapter
from schemas.recipe import Scenes
from schemas.scenes import Scene

PROCESS = Path("/proc/self")


def main(dataset: str, tiny: str, root: str) -> None:
    _load(dataset, tiny)
    gc.collect()
    (PROCESS / "clear_refs").write_text("5")  # the peak starts anew
    before = _kilobytes("VmRSS")
    scene = _load(dataset, root)
    sys.stdout.write(f"{(_kilobytes('VmHWM') - before) * 1024 / _array_bytes(scene):.3f}\n")


def _load(dataset: str, root: str) -> Scene:
    scenes = Scenes(dataset=dataset, root=root)
    reader = adapter(dataset)
    (ref,) = reader.list(scenes)
    return reader.load(ref, scenes)


def _kilobytes(name: str) -> int:
    lines = (PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def _array_bytes(scene: Scene) -> int:
    mesh = scene.mesh
    arrays = (mesh.vertices, mesh.triangles, mesh.instance, mesh.material, mesh.uv, mesh.color)
    return sum(array.nbytes for array in arrays if array is not None)


if __name__ == "__main__":
    main(*sys.argv[1:])
