"""Two repairs of other packages, for machines without a GPU alone."""

import sys
import types

import torch

OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def name_operators_of_torchvision() -> None:
    """Define what torchvision registers fake kernels for while it is imported.

    Its compiled library defines them, but the index's wheel is linked to CUDA and does not load beside a torch
    without it. Then the import fails with "operator torchvision::nms does not exist", and with it that of
    LLaVA-OneVision's processor, which resizes and normalises with torchvision and never calls these operators.
    """
    for name, schema in OPERATORS.items():
        torch.library.define(f"torchvision::{name}", schema)


def keep_vllm_to_its_own_modules() -> None:
    """Keep vLLM from looking through modules that are none of its business.

    On the CPU, 0.32 looks for an attribute "kernel" in everything that any imported module holds. Some of that cannot
    be looked at: in a process that has imported numba it ends in "'_lib_fn_wrapper' object has no attribute 'get'",
    in one that has imported trimesh in "No module named 'manifold3d'". What it looks for is in its own modules.
    """
    from vllm.triton_utils import dispatcher

    rebind = dispatcher._rebind_kernels

    def rebind_in_vllm(overrides: object) -> None:
        own = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "vllm"}
        dispatcher.sys = types.SimpleNamespace(modules=own)
        rebind(overrides)

    dispatcher._rebind_kernels = rebind_in_vllm
