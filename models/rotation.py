"""A network turned in its latent space: songs lie elsewhere, and all else is as before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from models.alignment import Doubles


def rotate_autoencoder(autoencoder: keras.Model, rotation: Doubles) -> None:
    """Turn the latents of *autoencoder* by *rotation*, [d, d] orthogonal, changing its weights in place.

    Afterwards a latent is what it was times *rotation*; what the network tells of a song is as before.

    Raises:
        ValueError: If the latent is no linear layer, or something other than a dense layer reads it: then no
            change of weights turns the space.
    """
    latent = autoencoder.get_layer("encoder").get_layer("latent")
    if latent.activation is not keras.activations.linear:
        raise ValueError(
            f"Expected a linear layer 'latent'. Its activation is {latent.activation.__name__!r}, "
            "which does not commute with a rotation."
        )
    readers = list(latent_readers(autoencoder))
    latent.set_weights([product(weights, rotation) for weights in latent.get_weights()])
    for reader in readers:
        kernel, *bias = reader.get_weights()
        reader.set_weights([product(rotation.T, kernel), *bias])


def product(one: Any, other: Any) -> Any:
    """The matrix product, float32, computed in float64."""
    return (one.astype(np.float64) @ other.astype(np.float64)).astype(np.float32)


def latent_readers(autoencoder: keras.Model) -> Iterator[Any]:
    """The dense layers that read the latent, as it is or at another length."""
    tensors = [autoencoder.output["latent"]]
    for tensor in tensors:  # grows by what is only scaled
        for layer in autoencoder.layers:
            if not any(source is tensor for source in keras.tree.flatten(layer.input)):
                continue
            if isinstance(layer, keras.layers.Dense):
                yield layer
            elif isinstance(layer, keras.layers.Rescaling) and not layer.offset:
                tensors.append(layer.output)
            else:
                raise ValueError(
                    f"Expected dense layers to read the latent, or layers that scale it. "
                    f"{layer.name!r} is a {type(layer).__name__}."
                )
