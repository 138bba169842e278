"""What a figure was measured on: for `doctor`, bug reports, logs and the `machine` field of benchmarks."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = (
    "navfoundry", "numpy", "scipy", "numba", "trimesh", "open3d", "opencv-python-headless", "simplejpeg", "deflate",
    "pyarrow", "webdataset", "ray", "bpy", "blenderproc", "vllm", "torch",
)  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """cores : those this process may use. memory_gb : 10⁹ bytes, of the container where it is limited.

    versions : of the installed packages that decide results or speed
    """

    cpu: str
    cores: int
    memory_gb: float
    gpus: tuple[str, ...]
    system: str
    python: str
    versions: dict[str, str]

    def __str__(self) -> str:
        gpus = ", ".join(self.gpus) or "no GPU"
        return f"{self.cpu}, {self.cores} cores, {self.memory_gb:.0f} GB, {gpus}, {self.system}, Python {self.python}"


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(
        _cpu(),
        len(os.sched_getaffinity(0)),
        round(_memory_bytes() / 1e9, 1),
        gpus(),
        f"{platform.system()} {platform.release()} {platform.machine()}",
        platform.python_version(),
        versions(),
    )


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """The versions of those packages that are installed."""
    found = {name: _version(name) for name in packages}
    return {name: number for name, number in found.items() if number is not None}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _memory_bytes(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    total = int(psutil.virtual_memory().total)
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(total, int(text)) if text.isdecimal() else total


def gpus() -> tuple[str, ...]:
    """Name and memory of each GPU that its driver lists."""
    if shutil.which("nvidia-smi") is None:
        return ()
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (subprocess.SubprocessError, OSError):
        return ()
    return tuple(line.strip() for line in answer.splitlines() if line.strip())
