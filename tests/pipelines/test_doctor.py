"""Doctor: what it finds on this machine, and what it says when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pipelines.doctor as doctor
from factory.observe import system_libraries


def test_every_finding_is_marked_and_the_verdict_agrees():
    text, healthy = doctor.examine()
    lines = text.splitlines()
    assert all(line[:3] in ("ok ", "BAD", "-  ") for line in lines[:-1])
    assert healthy == (not any(line.startswith("BAD") for line in lines[:-1]))


def test_a_missing_core_package_is_bad_and_names_the_command(monkeypatch):
    monkeypatch.setattr(doctor, "CORE", ("numpy", "no-such-package-here"))
    text, healthy = doctor.examine()
    assert not healthy
    assert "BAD  no-such-package-here missing: pip install navfoundry" in text


def test_a_stranger_in_our_rooms_is_named(monkeypatch):
    monkeypatch.setattr(doctor, "ROOMS", ("schemas", "json"))
    text, healthy = doctor.examine()
    assert not healthy
    assert "another package took the name" in text
    assert str(Path("json")) in text


def test_missing_libraries_come_with_the_one_command(monkeypatch):
    library = system_libraries.LIBRARIES[0]
    monkeypatch.setattr(system_libraries, "missing", lambda: [library])
    text, healthy = doctor.examine()
    assert not healthy
    assert "apt-get install" in text
    assert library.package in text
