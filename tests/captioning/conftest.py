"""Tiny checkpoints, made once for all tests that run vLLM."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from captioning.vllm_chat import VllmChat, installed_version
from schemas.errors import MissingExtraError
from tests.captioning import checkpoints
from tests.captioning.tiny_models import serving, tiny


@pytest.fixture(scope="session")
def vllm_version() -> str:
    """Skips where vLLM is not installed; nothing is fetched from the hub."""
    try:
        version = installed_version()
    except MissingExtraError as error:
        pytest.skip(str(error))
    os.environ["HF_HUB_OFFLINE"] = "1"
    return version


@pytest.fixture(scope="session")
def llava(vllm_version: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny LLaVA-OneVision."""
    return checkpoints.make_llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="session")
def qwen3(vllm_version: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Qwen3."""
    return checkpoints.make_qwen3(tmp_path_factory.mktemp("qwen3"))


@pytest.fixture(scope="session")
def llava_chat(llava: Path) -> Iterator[VllmChat]:
    """The tiny LLaVA-OneVision in this process."""
    chat = VllmChat(tiny(llava))
    yield chat
    chat.close()


@pytest.fixture(scope="session")
def llava_server(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same behind vLLM's own server; its base URL."""
    with serving(llava, tmp_path_factory.mktemp("server") / "log") as url:
        yield url
