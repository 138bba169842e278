"""How tests run the tiny checkpoints: in float32 on the CPU, in process or behind vLLM's server."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from schemas.recipe import Model
from tests.captioning.checkpoints import CONTEXT

START_SECONDS = 180
MAX_IMAGES = 4


def tiny(folder: Path, vllm: dict[str, Any] | None = None, **model: Any) -> Model:
    """A tiny checkpoint as a recipe names it."""
    engine = {"gpus": 0, "cpu_cache_gb": 1, "dtype": "float32", "max_images": MAX_IMAGES} | (vllm or {})
    return Model.model_validate(
        {"model": str(folder), "max_model_len": CONTEXT, "max_tokens": 8, "vllm": engine} | model
    )


def picture(seed: int, width: int = 160, height: int = 120) -> bytes:
    """A JPEG of soft coloured patches."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    pixels = np.kron(patches, np.ones((height // 6, width // 8, 1), np.uint8))
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=90))


@contextlib.contextmanager
def serving(folder: Path, log: Path) -> Iterator[str]:
    """vLLM's OpenAI-compatible server with a checkpoint, on a free port of this machine; its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "--model": str(folder),
        "--host": "127.0.0.1",
        "--port": str(port),
        "--dtype": "float32",
        "--max-model-len": str(CONTEXT),
        "--limit-mm-per-prompt": json.dumps({"image": MAX_IMAGES, "video": 1}),
        "--media-io-kwargs": json.dumps({"video": {"num_frames": -1}}),
        "--structured-outputs-config": json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}),
    }
    words = [word for option in options.items() for word in option]
    environment = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    # vLLM in this process may have switched its own engine process off; a server needs one.
    environment.pop("VLLM_ENABLE_V1_MULTIPROCESSING", None)
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *words, "--enforce-eager"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        _await(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(60)


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    raise RuntimeError(f"vLLM's server did not start:\n{log.read_text(errors='replace')[-4000:]}")
