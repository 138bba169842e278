"""Names the operators that torchvision registers fake kernels for while it is imported.

torchvision's compiled library defines them, but the index's wheel is linked to CUDA and does not load beside a
torch without it. Then the import fails with "operator torchvision::nms does not exist", and with it that of
LLaVA-OneVision's processor, which resizes and normalises with torchvision and never calls these operators.
"""

import torch

SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def define_missing_operators() -> None:
    """Called by torch at the end of its own import."""
    for name, schema in SCHEMAS.items():
        torch.library.define(f"torchvision::{name}", schema)
