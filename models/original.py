"""The objective that this project began with, built as it was: the baseline that every release is measured beside.

It reconstructs, by mean squared error through a sigmoid, the 17 numbers and 175 values of embeddings as they were
before any training. The latter are random, and predicting nought for them costs next to nothing: so its loss
falls to .001 and says nothing of artist, genre or emotion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras import layers, ops

from models.autoencoder import CategorySizes, Seeded, mean_genre, network_input_layers
from models.checkpoints import Checkpoints, training_digest
from models.epochs import (
    Batch,
    EpochHook,
    EpochLoop,
    Trained,
    Watch,
    number_ranges,
    rows_to_fit,
)
from models.training_settings import TrainSettings
from songspace.inputs import Floats, Inputs, Integers
from songspace.schemas import LATENT_DIM, NUMERIC
from songspace.weights import Tensors

EMBEDDINGS = {"artist": 100, "genre": 50, "emotion": 25}
HIDDEN = 64
DROPOUT = 0.15
KEPT = ("kept_by_encoder", "kept_by_decoder")
"""Inputs of what is learned from: dropout as numbers that the units are multiplied by."""

STEPS_PER_EPOCH = 27
"""Steps of an epoch over the catalogue for which the batch size was chosen."""


def train_original(
    inputs: Inputs,
    held_out: npt.NDArray[np.bool_],
    sizes: CategorySizes,
    settings: TrainSettings,
    on_epoch: EpochHook | None = None,
    unfinished: Path | None = None,
) -> Trained:
    """Fit the old network to *inputs*, but for those *held_out*, [rows].

    A tenth of the songs that are left tells when to stop, a tenth is spent on nothing, as it was. The weights of
    the best epoch are kept. With a folder *unfinished*, training that was stopped goes on from its checkpoint there.

    Returns:
        The network, its encoder (of unit length only after a division), and per epoch "loss", "val_loss" (of all
        192 values) and "mse", "val_mse" (of the 17 numbers, each on a scale of 0 to 1).

    Raises:
        ValueError: If a number of *inputs* is infinite, or fewer than three songs are left to fit.
        TimeoutError: If training is not done within `settings.deadline_s`.
        FloatingPointError: If the loss is no longer a number.
    """
    rows, _ = rows_to_fit(inputs, held_out)
    if len(rows) < 3:
        raise ValueError(
            f"Expected three songs or more, two to be set aside. Received: {len(rows)}."
        )
    rows = np.random.default_rng(settings.seed).permutation(rows)[: settings.original.songs]
    drawn = inputs.take(rows)
    places, tenth = np.arange(len(rows), dtype=np.int32), max(len(rows) // 10, 1)
    fitted, validated = places[2 * tenth :], places[tenth : 2 * tenth]
    batch_size = min(settings.original.batch_size, max(len(fitted) // STEPS_PER_EPOCH, 1))
    keras.utils.clear_session()
    autoencoder, _, targets = build_original(drawn, sizes, settings.seed)
    met, drawn = met_artists(drawn)
    small, learner, known = build_original(drawn, replace(sizes, artist=len(met)), settings.seed)
    for one, other in ((small, autoencoder), (known, targets)):
        one.set_weights(weights_of_met(other.get_weights(), one.get_weights(), met))
    loop = OriginalLoop(small, learner, known, drawn, settings)

    watch = Watch(settings, settings.original.epochs, on_epoch)
    checkpoints = Checkpoints(unfinished, training_digest(inputs, held_out, sizes, settings))
    for epoch in range(checkpoints.resume(loop, watch), settings.original.epochs):
        if epochs_since_best(watch.history.get("val_loss", ())) >= settings.original.patience:
            break
        losses = loop.fit(fitted, batch_size, epoch)
        watch(epoch + 1, losses | loop.validate(validated))
        if epochs_since_best(watch.history["val_loss"]) == 0:
            loop.best = small.get_weights()
        checkpoints.save(loop, watch)
        watch.check_deadline()
    autoencoder.set_weights(weights_with_met(autoencoder.get_weights(), loop.best, met))
    return Trained(autoencoder, autoencoder.get_layer("encoder"), watch.history, len(fitted))


class OriginalLoop(EpochLoop):
    """Epochs of the old objective."""

    curves = ("loss", "mse")

    def __init__(
        self,
        autoencoder: keras.Model,
        learner: keras.Model,
        targets: keras.Model,
        inputs: Inputs,
        settings: TrainSettings,
    ) -> None:
        optimizer = keras.optimizers.Adam(settings.original.learning_rate)
        super().__init__(autoencoder, inputs, optimizer, settings.seed)
        self.learner, self.targets = learner, targets
        self.best = autoencoder.get_weights()

    def state(self) -> Tensors:
        """The weights of the best epoch too."""
        return super().state() | {f"best.{place}": array for place, array in enumerate(self.best)}

    def restore(self, state: Tensors) -> None:
        """Continue from another loop's *state*."""
        super().restore(state)
        self.best = [state[f"best.{place}"] for place in range(len(self.best))]

    def draw(self, seed: tf.Tensor, songs: int) -> Batch:
        """What dropout multiplies the units of each song by."""
        shares = tf.random.stateless_uniform([len(KEPT), songs, HIDDEN], seed)
        kept = tf.cast(shares >= DROPOUT, tf.float32) / (1 - DROPOUT)
        return dict(zip(KEPT, tf.unstack(kept), strict=True))

    def losses(self, batch: Batch, drawn: Batch, *, training: bool) -> Batch:
        """The mean squared error of all 192 values, and of the 17 numbers."""
        kept = drawn if training else {name: tf.ones_like(kept) for name, kept in drawn.items()}
        gaps = tf.square(self.learner({**batch, **kept}) - self.targets(batch))
        return {"loss": tf.reduce_mean(gaps), "mse": tf.reduce_mean(gaps[:, : len(NUMERIC)])}


def met_artists(songs: Inputs) -> tuple[Integers, Inputs]:
    """The ids of the artists of *songs*, 0 among them, and these songs by the place of each among the ids.

    Adam leaves what has no gradient as it is, so that the others' rows need not be gone through at every step: they are
    most of the network.
    """
    met = np.union1d(songs.artist, [0])
    return met, replace(songs, artist=np.searchsorted(met, songs.artist).astype(np.int32))


def weights_of_met(
    weights: Sequence[Floats], like: Sequence[Floats], met: Integers
) -> list[Floats]:
    """*weights* of the shapes *like*: a table of all artists as that of those *met*."""
    return [
        array if array.shape == small.shape else array[met]
        for array, small in zip(weights, like, strict=True)
    ]


def weights_with_met(
    weights: Sequence[Floats], learned: Sequence[Floats], met: Integers
) -> list[Floats]:
    """*learned* in the shapes of *weights*, whose table of artists keeps the rows of those that were never met."""
    whole = []
    for array, small in zip(weights, learned, strict=True):
        if array.shape == small.shape:
            whole.append(small)
        else:
            array[met] = small
            whole.append(array)
    return whole


def epochs_since_best(val_losses: Sequence[float]) -> int:
    """Epochs since the lowest validation loss; 0 if the last one is it, or there is none yet."""
    return len(val_losses) - 1 - int(np.argmin(val_losses)) if val_losses else 0


def build_original(
    inputs: Inputs, sizes: CategorySizes, seed: int
) -> tuple[keras.Model, keras.Model, keras.Model]:
    """The network, the same one told which units to keep, and a frozen copy of its first layer.

    The last one gives the 192 values to be reconstructed.
    """
    draw = Seeded(seed)
    lowest, width = number_ranges(inputs)
    fields = network_input_layers()
    known = layers.Concatenate(name="known")(
        [
            unit_range(fields["numeric"], lowest, width),
            draw.embedding(sizes.artist, EMBEDDINGS["artist"], name="artist_embedding")(
                fields["artist"]
            ),
            mean_genre(fields["genre"][:, :1], sizes.genre, EMBEDDINGS["genre"], draw),
            draw.embedding(sizes.emotion, EMBEDDINGS["emotion"], name="emotion_embedding")(
                fields["emotion"]
            ),
        ]
    )
    into = draw.dense(HIDDEN, activation="relu", name="encoder_0")
    dropout = layers.Dropout(DROPOUT, seed=draw.seed(), name="encoder_0_dropout")
    place = draw.dense(LATENT_DIM, name="latent")
    encoder = keras.Model(fields, place(dropout(into(known))), name="encoder")

    outside = network_input_layers()
    latent = encoder(outside)
    out_of = draw.dense(HIDDEN, activation="relu", name="decoder_0")
    dropout = layers.Dropout(DROPOUT, seed=draw.seed(), name="decoder_0_dropout")
    rebuild = draw.dense(known.shape[1], activation="sigmoid", name="reconstruction")
    rebuilt = rebuild(dropout(out_of(latent)))
    autoencoder = keras.Model(outside, {"latent": latent, "known": rebuilt}, name="original")

    kept = [keras.Input((HIDDEN,), name=name) for name in KEPT]
    learned = rebuild(out_of(place(into(known) * kept[0])) * kept[1])
    learner = keras.Model(fields | dict(zip(KEPT, kept, strict=True)), learned, name="learner")
    targets = keras.models.clone_model(keras.Model(fields, known))
    targets.set_weights(keras.Model(fields, known).get_weights())
    return autoencoder, learner, targets


def unit_range(numeric: Any, lowest: Floats, width: Floats) -> Any:
    """Numbers from 0 to 1; an unknown one is taken for the mean, 0 of the standardised."""
    known = ops.where(ops.isnan(numeric), 0.0, numeric)
    return layers.Normalization(mean=lowest, variance=width**2, name="unit_range")(known)
