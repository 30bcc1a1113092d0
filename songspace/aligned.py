"""Arrays that any library can work on where they lie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

ALIGNMENT = 64
"""Bytes: what TensorFlow asks for at most, and one line of a cache."""


def empty_array(shape: tuple[int, ...], kind: type[np.generic]) -> npt.NDArray[Any]:
    """Room for numbers of a *kind*, at a multiple of ALIGNMENT; what is in it is by chance."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    room = np.empty(size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + size].view(kind).reshape(shape)


def is_aligned(array: npt.NDArray[Any]) -> bool:
    """Whether *array* starts at a multiple of ALIGNMENT."""
    return array.ctypes.data % ALIGNMENT == 0
