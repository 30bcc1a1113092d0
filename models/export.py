"""A trained encoder without Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from songspace.inputs import Floats
from songspace.network import TABLES, Dense, Network
from songspace.schemas import NUMERIC


def network_of(encoder: keras.Model) -> Network:
    """The weights of an encoder that `build_encoder` or `build_original` built.

    Raises:
        ValueError: If it has other layers than those that a `Network` knows.
    """
    weights = {layer.name: weights_of(layer) for layer in encoder.layers if layer.weights}
    hidden = [f"encoder_{place}" for place in range(len(weights) - len(TABLES) - 1)]
    expected = {*(f"{name}_embedding" for name in TABLES), *hidden, "latent"}
    if set(weights) != expected:
        raise ValueError(f"Expected the layers {sorted(expected)}. Received: {sorted(weights)}.")
    first, *others = (Dense(*weights[name]) for name in (*hidden, "latent"))
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.Normalization):
            first = reading_standardised(first, np.asarray(layer.mean), np.asarray(layer.variance))
    *dense, latent = (first, *others)
    return Network(
        **{name: weights[f"{name}_embedding"][0] for name in TABLES},
        hidden=tuple(dense),
        latent=latent,
        tags_read=encoder.get_layer("genre_embedding").input.shape[1],
    )


def weights_of(layer: Any) -> list[Floats]:
    """The weights of one layer."""
    return [np.asarray(array, np.float32) for array in layer.get_weights()]


def reading_standardised(first: Dense, mean: Floats, variance: Floats) -> Dense:
    """The original's first layer, as one that reads numbers before they are brought to 0 to 1.

    It knows of no unknown numbers: the ones that mark them weigh nothing.
    """
    numbers, categories = np.split(first.kernel.astype(np.float64), [len(NUMERIC)])
    scaled = numbers / np.sqrt(variance.ravel())[:, None]
    kernel = np.concatenate([scaled, np.zeros_like(scaled), categories])
    bias = first.bias - mean.ravel() @ scaled
    return Dense(kernel.astype(np.float32), bias.astype(np.float32))
