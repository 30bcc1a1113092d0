"""Songs through the encoder that Keras saved: what its copy without Keras is held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from models.saving import load_network
from songspace.inputs import Floats, Inputs

BATCH = 16_384


def keras_latents(path: Path, inputs: Inputs) -> Floats:
    """The latents of *inputs*, float32 [rows, 20], by the encoder in the file `encoder.keras`.

    Raises:
        Damaged: If it is no such file, or one that wants to run code of its own.
    """
    encoder = load_network(path)
    place = tf.function(lambda batch: encoder(batch, training=False), reduce_retracing=True)
    batches = [
        place({name: tf.constant(array) for name, array in batch.as_dict().items()}).numpy()
        for batch in (
            inputs.take(slice(start, start + BATCH)) for start in range(0, len(inputs), BATCH)
        )
    ]
    return np.concatenate(batches)
