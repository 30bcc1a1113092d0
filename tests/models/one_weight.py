"""The smallest training: a network of a single weight, on songs of a single number."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.epochs import Batch, EpochLoop
from songspace.inputs import Inputs


def songs(first_numbers: list[float]) -> Inputs:
    """Songs with these first numbers; the others are nought."""
    numeric = np.zeros((len(first_numbers), 17), np.float32)
    numeric[:, 0] = first_numbers
    unknown = np.zeros(len(first_numbers), np.int32)
    return Inputs(numeric, unknown, np.zeros((len(first_numbers), 4), np.int32), unknown)


def numbered(songs: int) -> Any:
    """The rows of so many songs."""
    return np.arange(songs, dtype=np.int32)


class OneWeight(EpochLoop):
    """Brings one weight, nought at first, near the first numbers of songs."""

    curves = ("loss", "spread", "drawn")

    def __init__(
        self, first_numbers: list[float], learning_rate: float = 0.0, momentum: float = 0.0
    ) -> None:
        weight = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
        self.network = keras.Sequential([keras.Input((1,)), weight])
        optimizer = keras.optimizers.SGD(learning_rate, momentum)
        super().__init__(self.network, songs(first_numbers), optimizer, seed=1)

    def draw(self, seed: tf.Tensor, songs: int) -> Batch:  # noqa: ARG002 - the same for any number
        """A number for a step."""
        return {"number": tf.random.stateless_uniform([], seed)}

    def losses(self, batch: Batch, drawn: Batch, *, training: bool) -> Batch:
        """The squared distance, how far the numbers of a step lie apart, and one that is drawn for it."""
        numbers = batch["numeric"][:, 0]
        weight = self.network(tf.ones([1, 1]), training=training)
        return {
            "loss": tf.reduce_mean(tf.square(weight - numbers)),
            "spread": tf.reduce_max(numbers) - tf.reduce_min(numbers),
            "drawn": drawn["number"],
        }

    @property
    def weight(self) -> float:
        """What it has learned."""
        return float(self.network.get_weights()[0].item())
