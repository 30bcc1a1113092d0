"""What a trained network says of a field that is hidden from it, field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.evaluation.heads import explained_variance, recovered_information
from models.objective import predicted_numbers
from models.picking import Floats
from songspace.inputs import Inputs
from songspace.schemas import NUMERIC

BATCH = 256
"""Songs at a time: of 120,000 artists each song's probabilities take half a megabyte."""

FIELDS = ("genre", "emotion", "artist of fitted songs")

Recovered = dict[str, dict[str, float | None]]


def recovered_fields(
    autoencoder: keras.Model, strangers: Inputs, known: Inputs, catalogue: Inputs
) -> Recovered:
    """How much of each hidden field *autoencoder* gets back: 0 is what its marginal tells, 1 is all.

    Args:
        autoencoder: A network that was fitted without the *strangers*.
        strangers: Songs of artists that it never met, their artist hidden.
        known: Songs that it was fitted to; they alone can tell about the artist.
        catalogue: All songs, for the marginals.

    Returns:
        "numbers": R2 of each of the 17, hidden one at a time; "categories": share of the marginal's entropy for
        genre and emotion of strangers, each with the artist hidden, and for the artist of fitted songs. None where it
        cannot be told, as of a network by the first objective, which has no heads.
    """
    if "genre" not in autoencoder.output:
        return {"numbers": dict.fromkeys(NUMERIC), "categories": dict.fromkeys(FIELDS)}
    told = {
        "genre": log_likelihood(autoencoder, strangers, "genre"),
        "emotion": log_likelihood(autoencoder, strangers, "emotion"),
        "artist of fitted songs": log_likelihood(autoencoder, known, "artist"),
    }
    truth = {
        "genre": (strangers.genre, catalogue.genre),
        "emotion": (strangers.emotion, catalogue.emotion),
        "artist of fitted songs": (known.artist, catalogue.artist),
    }
    predicted = predict_hidden_numbers(autoencoder, strangers)
    r2 = explained_variance(predicted, strangers.numeric, catalogue.numeric)
    return {
        "numbers": {name: finite(value) for name, value in zip(NUMERIC, r2, strict=True)},
        "categories": {
            name: finite(recovered_information(told[name], *truth[name])) for name in told
        },
    }


def predict_hidden_numbers(autoencoder: keras.Model, songs: Inputs) -> Floats:
    """Each of the 17 numbers as the network has it where just that one is hidden, [rows, 17]."""
    heads = {name: autoencoder.output[name] for name in ("continuous", "flags")}
    predict = compiled(keras.Model(autoencoder.inputs, heads), predicted_numbers)
    predicted = np.empty_like(songs.numeric)
    for column, name in enumerate(NUMERIC):
        hidden = songs.hiding(name)
        for block in blocks(len(songs)):
            predicted[block, column] = predict(hidden.take(block))[:, column]
    return predicted


def log_likelihood(autoencoder: keras.Model, songs: Inputs, field: str) -> Floats:
    """What the network gives to the true ids of *field* where that is hidden, in nats; of their shape."""
    predict = compiled(
        keras.Model(autoencoder.inputs, autoencoder.output[field]), tf.nn.log_softmax
    )
    hidden, ids = songs.hiding(field), getattr(songs, field)
    found = np.empty(ids.shape, np.float32)
    for block in blocks(len(songs)):
        wanted = ids[block].reshape(len(ids[block]), -1)
        told = np.take_along_axis(predict(hidden.take(block)), wanted, 1)
        found[block] = told.reshape(ids[block].shape)
    return found


def compiled(network: keras.Model, finish: Callable[[Any], Any]) -> Callable[[Inputs], Floats]:
    """The network, and *finish* on its outputs, as one function of songs."""
    any_batch = {field.name: tf.TensorSpec(field.shape, field.dtype) for field in network.inputs}
    place = tf.function(
        lambda batch: finish(network(batch, training=False)), input_signature=[any_batch]
    )

    def predict(songs: Inputs) -> Floats:
        batch = {name: tf.constant(array) for name, array in songs.as_dict().items()}
        predicted: Floats = place(batch).numpy()
        return predicted

    return predict


def blocks(rows: int) -> list[slice]:
    """All rows in runs of BATCH."""
    return [slice(start, start + BATCH) for start in range(0, rows, BATCH)]


def finite(value: float) -> float | None:
    """The number, or None where it is none."""
    return float(value) if np.isfinite(value) else None
