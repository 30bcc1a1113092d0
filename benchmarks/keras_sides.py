"""Keras as one finds it: `fit` on arrays for the training, `predict` for the latents; and ours, clocked alike.

Both sides read the same features and fit the same network at the same batch size; to the same losses, but in
`keras_own_losses`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.measure import Facts
from benchmarks.stages import read_refs
from models.autoencoder import CategorySizes, build_autoencoder
from models.batches import batch_size_for, steps_per_epoch
from models.export import network_of
from models.masked import MaskedLoop, learning_rates
from models.objective import flag_targets, measure_marginals
from models.training import train_autoencoder
from models.training_settings import TrainSettings
from songspace.inputs import Inputs, network_inputs
from songspace.network import Network
from songspace.schemas import CONTINUOUS
from storage.store import Store
from tasks.encode import load_encoder


def read_features(root: Path) -> tuple[Inputs, CategorySizes]:
    """The features in the store at *root*, as arrays."""
    store, refs = Store.existing(root), read_refs(root)
    encoder = load_encoder(store, refs["features"])
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    return network_inputs(store.table(refs["features"], "features").collect()), sizes


class Clock:
    """When each epoch ended."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.ends: list[float] = []

    def epoch_ended(self, *_told: object) -> None:
        """Take down the time."""
        self.ends.append(time.perf_counter())

    def facts(self, rows: int) -> Facts:
        """Songs a second: of all epochs after the first, of the best of them, and with the first."""
        later = np.diff(self.ends)
        return {
            "rows": rows,
            "shortest": float(later.min()),
            "longest": float(later.max()),
            "after the first": rows / float(later.mean()),
            "the best": rows / float(later.min()),
            "with the first": rows * len(self.ends) / (self.ends[-1] - self.started),
        }


def our_training(root: Path, epochs: int) -> Facts:
    """Training as the stage does it, without checkpoints; *epochs* of it."""
    inputs, sizes = read_features(root)
    clock = Clock()
    everything = np.zeros(len(inputs), np.bool_)
    settings = TrainSettings(epochs=epochs)
    trained = train_autoencoder(inputs, everything, sizes, settings, clock.epoch_ended)
    return {**clock.facts(len(inputs)), "loss": trained.history["loss"][-1]}


def keras_fit(root: Path, epochs: int) -> Facts:
    """`Model.fit` on the arrays, with its defaults."""
    inputs, sizes = read_features(root)
    clock = Clock()
    settings = TrainSettings(epochs=epochs)
    batch_size = batch_size_for(len(inputs))
    steps = epochs * steps_per_epoch(len(inputs), batch_size)
    model = Fitted(inputs, sizes, settings, steps, batch_size)
    model.compile(
        keras.optimizers.AdamW(learning_rates(settings, steps), weight_decay=settings.weight_decay)
    )
    history = model.fit(
        x=inputs.as_dict(),
        batch_size=batch_size,
        epochs=epochs,
        shuffle=True,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=clock.epoch_ended)],
    )
    return {
        **clock.facts(len(inputs)),
        "loss": history.history["loss"][-1],
        "jit_compile": float(model.jit_compile),
    }


def keras_own_losses(root: Path, batches: int, epochs: int) -> Facts:
    """`compile` with Keras' own losses and `fit` on the arrays of some *batches* of songs: no masks, no ranking."""
    inputs, sizes = read_features(root)
    clock = Clock()
    settings = TrainSettings()
    batch_size = batch_size_for(len(inputs))
    drawn = np.random.default_rng(settings.seed).permutation(len(inputs))
    songs = inputs.take(drawn[: batches * batch_size])
    autoencoder = build_autoencoder(sizes, settings.network, settings.seed)
    heads = {name: out for name, out in autoencoder.output.items() if name != "latent"}
    model = keras.Model(autoencoder.inputs, heads)
    one_of_many = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay),
        loss={
            "continuous": "mse",
            "flags": keras.losses.BinaryCrossentropy(from_logits=True),
            "artist": one_of_many,
            "genre": one_of_many,
            "emotion": one_of_many,
        },
        loss_weights={name: getattr(settings.weights, name) for name in heads},
    )
    numbers = np.nan_to_num(songs.numeric)
    wanted = {
        "continuous": numbers[:, : len(CONTINUOUS)],
        "flags": flag_targets(numbers[:, len(CONTINUOUS) :]).numpy(),
        "artist": songs.artist,
        "genre": songs.genre[:, 0],
        "emotion": songs.emotion,
    }
    model.fit(
        x=songs.as_dict(),
        y=wanted,
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=clock.epoch_ended)],
    )
    return clock.facts(len(songs))


class Fitted(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """The autoencoder, with our losses as its training step: the way that Keras' guides show."""

    def __init__(
        self,
        inputs: Inputs,
        sizes: CategorySizes,
        settings: TrainSettings,
        steps: int,
        batch_size: int,
    ) -> None:
        super().__init__()
        self.autoencoder = build_autoencoder(sizes, settings.network, settings.seed)
        marginals = measure_marginals(inputs)
        few = inputs.take(slice(1))  # of the loop only its losses are used, not the arrays
        self.objective = MaskedLoop(self.autoencoder, few, marginals, settings, steps)
        self.seed = settings.seed
        self.batch_size = batch_size
        self.mean_loss = keras.metrics.Mean("loss")

    def call(self, batch: Any, training: bool = False) -> Any:
        """All heads."""
        return self.autoencoder(batch, training=training)

    @property
    def metrics(self) -> list[Any]:
        """What an epoch sets back to nought."""
        return [self.mean_loss]

    def train_step(self, batch: Any) -> dict[str, Any]:
        """One step of gradient descent."""
        seed = tf.stack([self.seed, tf.cast(self.optimizer.iterations, tf.int32)])
        drawn = self.objective.draw(seed, self.batch_size)
        songs = tf.shape(batch["artist"])[0]  # fewer in the last batch
        drawn |= {name: drawn[name][:songs] for name in ("masks", "ranked")}
        with tf.GradientTape() as tape:
            loss = self.objective.losses(batch, drawn, training=True)["loss"]
        gradients = tape.gradient(loss, self.autoencoder.trainable_variables)
        self.optimizer.apply(gradients, self.autoencoder.trainable_variables)
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


def write_untrained(root: Path, out: Path) -> None:
    """One encoder of the right size for both sides, as Keras and as we keep it."""
    _, sizes = read_features(root)
    encoder = build_autoencoder(sizes, TrainSettings().network).get_layer("encoder")
    encoder.save(out / "encoder.keras")
    network_of(encoder).save(out / "encoder.safetensors")


def keras_predict(root: Path, models: Path, batch_size: int) -> Facts:
    """`Model.predict` on the arrays, one small call before the clock starts; held against ours afterwards."""
    inputs, _ = read_features(root)
    encoder = keras.saving.load_model(models / "encoder.keras", compile=False)
    encoder.predict(inputs.take(slice(2 * batch_size)).as_dict(), batch_size=batch_size, verbose=0)
    started = time.perf_counter()
    latents = encoder.predict(inputs.as_dict(), batch_size=batch_size, verbose=0)
    seconds = time.perf_counter() - started
    ours = Network.load(models / "encoder.safetensors")(inputs)
    return {"seconds": seconds, "rows": len(inputs), "gap": float(np.abs(latents - ours).max())}
