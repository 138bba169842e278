from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from factory.observe import system_libraries
from factory.observe.system_libraries import LIBRARIES, Library, install_command, missing

ROOT = Path(__file__).parents[3]
ABSENT = Library("libnosuchthing.so.7", "libnosuchthing7", "nobody")
HERE = Library("libc.so.6", "libc6", "all")


def test_only_what_the_loader_does_not_find_is_missing() -> None:
    assert missing((HERE, ABSENT)) == [ABSENT]


def test_one_command_installs_all_that_is_missing_each_package_once() -> None:
    command = install_command([ABSENT, Library("liba.so.1", "liba1", "x"), ABSENT])
    assert command == "sudo apt-get update && sudo apt-get install -y --no-install-recommends liba1 libnosuchthing7"


def test_the_program_writes_one_package_a_line_and_fails_when_there_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_libraries, "missing", lambda: [ABSENT, HERE])
    assert system_libraries.main() == 1
    assert capsys.readouterr().out == "libc6\nlibnosuchthing7\n"
    monkeypatch.setattr(system_libraries, "missing", list)
    assert system_libraries.main() == 0
    assert capsys.readouterr().out == ""


def test_it_runs_on_a_bare_python_before_anything_is_installed() -> None:
    """-I -S: no site-packages, no environment."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from factory.observe import system_libraries as s; s.main()"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.blender
@pytest.mark.parametrize("package", ["bpy", "open3d"])
def test_every_library_that_the_wheels_need_and_do_not_carry_is_in_the_table(package: str) -> None:
    """What `ldd` finds in system folders, less libc, the compilers' runtimes and what the table's packages pull in."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"{package} is not installed")
    folder = Path(spec.origin).parent
    entry = next(folder.glob("pybind*.so"), folder / "__init__.so")
    listed = subprocess.run(["ldd", str(entry)], capture_output=True, text=True, timeout=60).stdout
    known = {library.soname for library in LIBRARIES}
    carried = {path.name for path in folder.rglob("*.so*")}
    for line in listed.splitlines():
        soname = line.split()[0]
        if "=>" in line and soname not in carried | known:
            assert soname.startswith(BASE + PULLED_IN), (
                f"{soname} is needed by {package} and in no package of the table"
            )


BASE = ("libc.", "libm.", "libdl.", "libpthread.", "librt.", "libutil.", "ld-linux", "libstdc++.", "libgcc_s.")
PULLED_IN = ("libxcb.", "libXau.", "libXdmcp.", "libbsd.", "libmd.", "libGLX.", "libGLdispatch.", "libuuid.",
             "libunistring.")  # fmt: skip
