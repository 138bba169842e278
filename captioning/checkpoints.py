"""Checkpoints in folders: which version they are, and whether vLLM will find the weights it looks for."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from schemas.errors import RecipeError
from schemas.identity import digest
from schemas.recipe import Model

# Bytes of a weights' file that count for its version, at each of so many places: whole files have gigabytes.
_SAMPLE_BYTES = 1 << 16
_SAMPLES = 16
_LONGEST_HEADER = 100_000_000


def revision_of(model: Model) -> str:
    """The recipe's revision; for a folder a digest of its files (large ones by samples); else "main"."""
    folder = Path(model.model)
    if model.revision is not None or not folder.is_dir():
        return model.revision or "main"
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return digest("checkpoint", *(part for path in files for part in (path.name, _sampled(path))))[:16]


def check_names(model: str) -> None:
    """Refuse a LLaVA-OneVision folder whose vision weights have names that vLLM skips or does not know.

    Raises RecipeError with a program that renames them.
    """
    shortened = sorted(
        path.name for path in Path(model).glob("*.safetensors") for name in _names(path) if _is_shortened(name)
    )
    if shortened:
        raise RecipeError(
            f"captioning: {model}: {shortened[0]} was saved by transformers 5, which names weights 'vision_tower.…' "
            f"where vLLM looks for 'vision_tower.vision_model.…'. Rename them once:\n"
            f"  from safetensors.torch import load_file, save_file\n"
            f"  weights = load_file('{shortened[0]}')\n"
            f"  save_file({{n.replace('vision_tower.', 'vision_tower.vision_model.', 1): w for n, w in "
            f"weights.items()}}, '{shortened[0]}', metadata={{'format': 'pt'}})"
        )


def _is_shortened(name: str) -> bool:
    head, tower, rest = name.partition("vision_tower.")
    return head in ("", "model.") and bool(tower) and not rest.startswith("vision_model.")


def _names(path: Path) -> list[str]:
    """The weights that a safetensors file has: eight bytes of length, then a JSON object by name."""
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        try:
            content = json.loads(file.read(length)) if 0 < length < _LONGEST_HEADER else None
        except ValueError:
            content = None
    if not isinstance(content, dict):
        raise RecipeError(f"captioning: {path}: not a whole safetensors file; copy or download it again")
    return list(content)


def _sampled(path: Path) -> bytes:
    size = path.stat().st_size
    if size <= _SAMPLES * _SAMPLE_BYTES:
        return path.read_bytes()
    pieces = [str(size).encode()]
    with path.open("rb") as file:
        for i in range(_SAMPLES):
            file.seek((size - _SAMPLE_BYTES) * i // (_SAMPLES - 1))
            pieces.append(file.read(_SAMPLE_BYTES))
    return b"".join(pieces)
