"""Songs through the encoder."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models.inputs import Floats, Inputs

BATCH = 16_384


class LatentEncoder:
    """A saved encoder, ready to place songs in large batches."""

    def __init__(self, path: Path) -> None:
        """Load `encoder.keras`; a file that wants to run code of its own is refused."""
        self.model = keras.saving.load_model(path, compile=False, safe_mode=True)
        self._place = tf.function(
            lambda inputs: self.model(inputs, training=False), reduce_retracing=True
        )

    def __call__(self, inputs: Inputs) -> Floats:
        """The latents of *inputs*, float32 [rows, 20], each of unit length."""
        batches = [
            self._place(
                {
                    name: tf.constant(array[start : start + BATCH])
                    for name, array in inputs.as_dict().items()
                }
            )
            for start in range(0, len(inputs), BATCH)
        ]
        return np.concatenate([batch.numpy() for batch in batches])
