"""`navfoundry doctor`: what this machine has and lacks, each lack with the command that mends it."""

from __future__ import annotations

import importlib.util
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from factory.observe import system_libraries
from factory.observe.machine import gpus, this_machine, versions
from factory.rendering import ChildLimits
from factory.rendering.devices import device_for
from schemas.errors import TransientError

ROOMS = ("schemas", "factory", "scene_adapters", "captioning", "trainer", "pipelines")
CORE = ("numpy", "scipy", "numba", "trimesh", "open3d", "pyarrow", "webdataset", "ray", "pydantic", "fsspec")
EXTRAS = {"render": ("bpy", "blenderproc"), "caption": ("vllm",), "train": ("torch",)}


def examine() -> tuple[str, bool]:
    """The report, and whether `generate` can run with Blender here."""
    findings = list(_findings())
    lines = [f"{'ok ' if good else 'BAD' if needed else '-  '}  {text}" for good, needed, text in findings]
    healthy = all(good or not needed for good, needed, _ in findings)
    verdict = "all that `navfoundry generate` needs is here" if healthy else "mend what is marked BAD"
    return "\n".join([*lines, verdict]), healthy


def _findings() -> Iterator[tuple[bool, bool, str]]:
    """(is it fine, is it needed, what was found)."""
    yield True, False, str(this_machine())
    supported = sys.version_info[:2] == (3, 11)
    yield supported, False, f"Python {sys.version.split()[0]}" + ("" if supported else "; Blender's wheel needs 3.11")
    yield from _rooms()
    for name in CORE:
        found = versions((name,)).get(name)
        yield found is not None, True, f"{name} {found or 'missing: pip install navfoundry'}"
    for extra, names in EXTRAS.items():
        for name in names:
            found = versions((name,)).get(name)
            yield found is not None, extra == "render", f"{name} {found or f'missing: pip install navfoundry[{extra}]'}"
    missing = system_libraries.missing()
    text = "system libraries" if not missing else f"missing: {system_libraries.install_command(missing)}"
    yield not missing, True, text
    yield _device()
    yield from _resources()


def _rooms() -> Iterator[tuple[bool, bool, str]]:
    """All rooms must come from one folder: `factory` is also factory_boy's import name."""
    folders = {room: _folder(room) for room in ROOMS}
    home = Path(__file__).resolve().parents[1]
    strangers = sorted(room for room, folder in folders.items() if folder != home / room)
    if strangers:
        where = ", ".join(f"{room} from {folders[room]}" for room in strangers)
        yield False, True, f"{where} instead of {home}: another package took the name; use an environment of its own"
    else:
        yield True, True, f"navfoundry {versions(('navfoundry',)).get('navfoundry') or '(not installed)'} from {home}"


def _device() -> tuple[bool, bool, str]:
    """What Blender will render on; a GPU is tried where it was not yet, which takes a minute or more."""
    if not gpus():
        return True, False, "Blender renders on the CPU: the driver lists no GPU"
    limits = ChildLimits(deadline=900.0, memory_bytes=8 * 2**30, threads=1, gpu="auto")
    with tempfile.TemporaryDirectory() as name:
        try:
            device = device_for(limits, Path(name), Path(name) / "log")
        except TransientError as error:
            return False, False, str(error)
    return True, False, f"Blender renders on the GPU by {device} where [engine] gpus_per_unit is set"


def _resources() -> Iterator[tuple[bool, bool, str]]:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield files >= 1024, False, f"{files} open files allowed" + ("" if files >= 1024 else "; ulimit -n 65536")
    free = shutil.disk_usage(tempfile.gettempdir()).free / 2**30
    yield free > 5, True, f"{free:.0f} GiB free in {tempfile.gettempdir()}" + ("" if free > 5 else "; set TMPDIR")


def _folder(room: str) -> Path | None:
    spec = importlib.util.find_spec(room)
    return Path(spec.origin).resolve().parent if spec and spec.origin else None
