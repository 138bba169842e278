"""One load in a process of its own: prints its seconds of processor and of wall, and peak memory over the arrays.

Arguments: dataset, root of a tiny scene, root of the scene; or "trimesh" or "trimesh, process=False", a tiny file,
and the files. The tiny one is loaded first, so that imports and compiled code count for nothing. Counted as memory
is what is resident: Python's, NumPy's and compiled code's, and pages of mapped files.

Before that, as much memory as loads take is touched and given back to the system. A virtual machine hands free
memory to its host and waits milliseconds for every 2 MB of it to return, more than a load takes to fill them: the
machine and the order of the loads would be measured.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

import numpy as np
import trimesh

from scene_adapters.registry import adapter
from schemas.recipe import Scenes
from schemas.scenes import Scene

PROCESS = Path("/proc/self")
TOUCHED = 5 * 2**28


def main(what: str, tiny: str, *whole: str) -> None:
    _load(what, tiny)
    gc.collect()
    np.empty(TOUCHED, np.uint8)[::4096] = 1
    (PROCESS / "clear_refs").write_text("5")  # the peak starts anew
    before, processor, wall = _kilobytes("VmRSS"), time.process_time(), time.perf_counter()
    found = _load(what, *whole)
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    peak = (_kilobytes("VmHWM") - before) * 1024
    sys.stdout.write(json.dumps({"processor": processor, "wall": wall, "peak": peak / _array_bytes(found)}))


def _load(what: str, *paths: str) -> Scene | None:
    if what.startswith("trimesh"):
        settings = {"process": False} if what.endswith("process=False") else {}
        _kept = [trimesh.load(path, **settings) for path in paths]
        return None
    (root,) = paths
    scenes = Scenes(dataset=what, root=root)
    reader = adapter(what)
    (ref,) = reader.list(scenes)
    return reader.load(ref, scenes)


def _kilobytes(name: str) -> int:
    lines = (PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def _array_bytes(scene: Scene | None) -> float:
    if scene is None:
        return float("inf")
    mesh = scene.mesh
    arrays = (mesh.vertices, mesh.triangles, mesh.instance, mesh.material, mesh.uv, mesh.color)
    return sum(array.nbytes for array in arrays if array is not None)


if __name__ == "__main__":
    main(*sys.argv[1:])
