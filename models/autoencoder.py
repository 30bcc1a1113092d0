"""The network: 17 numbers, an artist, genres and an emotion to a direction in 20 dimensions and back."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

from models.training_settings import NetworkSettings
from songspace.inputs import GENRES_PER_SONG
from songspace.schemas import CONTINUOUS, GOOD_FOR, LATENT_DIM, NUMERIC

FLAG_LOGITS = len(GOOD_FOR) + 2
"""Logits of the switches: one each, and two for meditation (at least 1, at least 2)."""


@dataclass(frozen=True)
class CategorySizes:
    """Ids of each vocabulary, the unknown one included."""

    artist: int
    genre: int
    emotion: int


class Seeded:
    """Layers whose first weights follow from one seed and their order.

    Keras draws the seeds of its layers from Python's global generator, which Prefect's threads draw from too.
    """

    def __init__(self, seed: int) -> None:
        self._seeds = itertools.count(seed)

    def seed(self) -> int:
        """A seed that no other layer has."""
        return next(self._seeds)

    def normal(self) -> Any:
        """Small numbers around nought."""
        return keras.initializers.RandomNormal(seed=self.seed())

    def dense(self, width: int, **options: Any) -> Any:
        """A dense layer."""
        kernel = keras.initializers.GlorotUniform(seed=self.seed())
        return layers.Dense(width, kernel_initializer=kernel, **options)

    def embedding(self, ids: int, width: int, **options: Any) -> Any:
        """An embedding layer."""
        table = keras.initializers.RandomUniform(seed=self.seed())
        return layers.Embedding(ids, width, embeddings_initializer=table, **options)


def build_autoencoder(
    sizes: CategorySizes, settings: NetworkSettings, seed: int = 0
) -> keras.Model:
    """The whole network, with the encoder in it as layer "encoder".

    Returns:
        A model from {numeric [b, 17], artist [b], genre [b, GENRES_PER_SONG], emotion [b]} to {latent [b, 20],
        continuous [b, 9], flags: logits [b, FLAG_LOGITS], artist, genre, emotion: logits [b, ids]}. NaN and
        id 0 mean unknown.
    """
    inputs = network_input_layers()
    draw = Seeded(seed)
    latent = build_encoder(sizes, settings, draw)(inputs)

    hidden = latent
    for place, width in enumerate(settings.decoder):
        hidden = draw.dense(width, activation="relu", name=f"decoder_{place}")(hidden)
    direction = layers.Rescaling(settings.category_scale, name="direction")(latent)
    outputs = {
        "latent": latent,
        "continuous": draw.dense(len(CONTINUOUS), name="continuous_head")(hidden),
        "flags": draw.dense(FLAG_LOGITS, name="flags_head")(hidden),
        "artist": draw.dense(sizes.artist, name="artist_head")(direction),
        "genre": draw.dense(sizes.genre, name="genre_head")(direction),
        "emotion": draw.dense(sizes.emotion, name="emotion_head")(direction),
    }
    return keras.Model(inputs, outputs, name="autoencoder")


def build_encoder(sizes: CategorySizes, settings: NetworkSettings, draw: Seeded) -> keras.Model:
    """The half that places a song: the same inputs to a latent of unit length, [b, 20]."""
    inputs = network_input_layers()
    unknown = ops.isnan(inputs["numeric"])  # [b, 17]
    hidden = layers.Concatenate(name="known")(
        [
            ops.where(unknown, 0.0, inputs["numeric"]),
            ops.cast(unknown, "float32"),
            draw.embedding(sizes.artist, settings.artist_embedding, name="artist_embedding")(
                inputs["artist"]
            ),
            mean_genre(inputs["genre"], sizes.genre, settings.genre_embedding, draw),
            draw.embedding(sizes.emotion, settings.emotion_embedding, name="emotion_embedding")(
                inputs["emotion"]
            ),
        ]
    )
    for place, width in enumerate(settings.hidden):
        hidden = draw.dense(width, activation="relu", name=f"encoder_{place}")(hidden)
    # A bias that is not nought: with all units silent, nought has no direction and its gradient is not a number.
    place_in_space = draw.dense(LATENT_DIM, bias_initializer=draw.normal(), name="latent")(hidden)
    return keras.Model(
        inputs, layers.UnitNormalization(name="unit_length")(place_in_space), name="encoder"
    )


def network_input_layers() -> dict[str, Any]:
    """Symbolic inputs under the names of `songspace.inputs.Inputs`."""
    return {
        "numeric": keras.Input((len(NUMERIC),), name="numeric"),
        "artist": keras.Input((), dtype="int32", name="artist"),
        "genre": keras.Input((GENRES_PER_SONG,), dtype="int32", name="genre"),
        "emotion": keras.Input((), dtype="int32", name="emotion"),
    }


def mean_genre(genre: Any, ids: int, width: int, draw: Seeded) -> Any:
    """The mean embedding of a song's known tags, [b, width]; zeros where it has none."""
    embedded = draw.embedding(ids, width, name="genre_embedding")(genre)  # [b, tags, width]
    known = ops.expand_dims(ops.cast(ops.not_equal(genre, 0), "float32"), -1)  # [b, tags, 1]
    return ops.sum(embedded * known, axis=1) / ops.maximum(ops.sum(known, axis=1), 1.0)
