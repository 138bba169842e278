"""Two repairs of other packages, for machines without a GPU alone."""

import torch
from llvmlite.binding import ffi

OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def mend() -> None:
    """Called by torch at the end of its import."""
    _name_operators_of_torchvision()
    _let_llvmlite_be_looked_at()


def _name_operators_of_torchvision() -> None:
    """Torchvision registers fake kernels for these operators while it is imported.

    Its compiled library defines them, but the index's wheel is linked to CUDA and does not load beside a torch
    without it. Then the import fails with "operator torchvision::nms does not exist", and with it that of
    LLaVA-OneVision's processor, which resizes and normalises with torchvision and never calls these operators.
    """
    for name, schema in OPERATORS.items():
        torch.library.define(f"torchvision::{name}", schema)


def _let_llvmlite_be_looked_at() -> None:
    """VLLM on the CPU looks for an attribute "kernel" in everything that any imported module holds.

    What llvmlite (so numba) holds answers every name with a function, `__dict__` too; then vLLM fails with
    "'_lib_fn_wrapper' object has no attribute 'get'" in a process that has imported numba.
    """
    ffi._lib_fn_wrapper.get = lambda self, name: None
