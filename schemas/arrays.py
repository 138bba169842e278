"""The array types that signatures name, and the step from an array to a tuple. Shapes are in the docstrings."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Float16 = npt.NDArray[np.float16]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
UInt32 = npt.NDArray[np.uint32]
UInt64 = npt.NDArray[np.uint64]
UInt16 = npt.NDArray[np.uint16]
Int8 = npt.NDArray[np.int8]
UInt8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]
AnyArray = npt.NDArray[Any]


def triple(values: Float64) -> tuple[float, float, float]:
    """Three values (3,) as records keep a point or a colour. Raises ValueError for more or fewer."""
    first, second, third = (float(value) for value in values)
    return first, second, third
