"""The system libraries that Blender (bpy), Open3D and vLLM load and pip cannot bring, and how to get them.

Standard library only: `python3 -m factory.observe.system_libraries` runs before anything is installed. It
writes the Debian packages that are missing, one a line, and exits with 1 if there are any.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A shared library, the Debian or Ubuntu package that has it, and who loads it."""

    soname: str
    package: str
    needed_by: str


# The NEEDED entries of bpy 4.2.23 and open3d 0.20, and of what they load in turn, that neither wheel carries.
LIBRARIES = (
    Library("libX11.so.6", "libx11-6", "Blender, Open3D"),
    Library("libXext.so.6", "libxext6", "Blender"),
    Library("libXrender.so.1", "libxrender1", "Blender"),
    Library("libXxf86vm.so.1", "libxxf86vm1", "Blender"),
    Library("libXfixes.so.3", "libxfixes3", "Blender"),
    Library("libXi.so.6", "libxi6", "Blender"),
    Library("libSM.so.6", "libsm6", "Blender"),
    Library("libICE.so.6", "libice6", "Blender"),
    Library("libxkbcommon.so.0", "libxkbcommon0", "Blender"),
    Library("libGL.so.1", "libgl1", "Blender, Open3D"),
    Library("libEGL.so.1", "libegl1", "Open3D"),
    Library("libgomp.so.1", "libgomp1", "Blender"),
    Library("libz.so.1", "zlib1g", "Blender"),
    Library("libusb-1.0.so.0", "libusb-1.0-0", "Open3D"),
    Library("libudev.so.1", "libudev1", "Open3D"),
    Library("libidn2.so.0", "libidn2-0", "Open3D"),
    Library("libnuma.so.1", "libnuma1", "vLLM on a CPU"),
)


def missing(libraries: tuple[Library, ...] = LIBRARIES) -> list[Library]:
    """Those that the dynamic loader cannot load here."""
    return [library for library in libraries if not _loads(library.soname)]


def install_command(libraries: list[Library]) -> str:
    """The one command that installs their packages."""
    packages = " ".join(sorted({library.package for library in libraries}))
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}"


def main() -> int:
    """Write the missing packages, one a line; 1 if there are any."""
    packages = sorted({library.package for library in missing()})
    sys.stdout.write("".join(f"{package}\n" for package in packages))
    return 1 if packages else 0


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
