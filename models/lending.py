"""Arrays that TensorFlow reads where they lie: of what it copies it keeps the room as long as the process lives."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import tensorflow as tf

from songspace.aligned import is_aligned


def as_tensor(array: npt.NDArray[Any]) -> tf.Tensor:
    """*array* as a tensor: without a GPU the same memory where it can be lent, else a copy.

    It is not to be written any more.
    """
    if tf.config.list_logical_devices("GPU") or not can_be_lent(array):
        return tf.constant(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def can_be_lent(array: npt.NDArray[Any]) -> bool:
    """Whether *array* lies as TensorFlow's own do: over one that does not it would end the process."""
    # NumPy itself lends nothing that may not be written.
    lendable = array.flags.c_contiguous and array.flags.writeable and is_aligned(array)
    return bool(array.size and lendable)
