"""Keras as one finds it: `fit` on arrays for the training, `predict` for the latents; and ours, clocked alike.

Both sides read the same features and fit the same network at the same batch size; to the same losses, but in
`keras_own_losses`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.measure import Facts
from benchmarks.quality import mean_headline, trained_scores
from benchmarks.stages import read_refs
from benchmarks.tune import read_catalogue
from models.autoencoder import CategorySizes, build_autoencoder
from models.batches import batch_size_for, epochs_for, steps_per_epoch, temperature_for
from models.evaluation.protocol import evaluate_space
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
    settings = TrainSettings(epochs=epochs, temperature=temperature_for(len(inputs)))
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


def keras_own_losses(
    root: Path, batches: int | None, epochs: int, left_out: Collection[str] = ()
) -> Facts:
    """`compile` with Keras' own losses and `fit` on the arrays of some *batches* of songs, None: of all."""
    inputs, sizes = read_features(root)
    clock = Clock()
    batch_size = batch_size_for(len(inputs))
    if batches:
        drawn = np.random.default_rng(0).permutation(len(inputs))
        inputs = inputs.take(drawn[: batches * batch_size])
    fit_own_losses(inputs, sizes, batch_size, epochs, left_out, clock.epoch_ended)
    return clock.facts(len(inputs))


def fit_own_losses(
    songs: Inputs,
    sizes: CategorySizes,
    batch_size: int,
    epochs: int,
    left_out: Collection[str] = (),
    epoch_ended: Callable[..., None] = lambda *_told: None,
) -> keras.Model:
    """The autoencoder, fitted by Keras' own losses: artists by the softmax over all, no masks, no ranking.

    Heads that are *left_out* are asked for nothing.
    """
    settings = TrainSettings()
    keras.utils.set_random_seed(settings.seed)  # `fit` shuffles by it
    autoencoder = build_autoencoder(sizes, settings.network, settings.seed)
    numbers = np.nan_to_num(songs.numeric)
    one_of_many = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    asked = {
        "continuous": ("mse", numbers[:, : len(CONTINUOUS)]),
        "flags": (
            keras.losses.BinaryCrossentropy(from_logits=True),
            flag_targets(numbers[:, len(CONTINUOUS) :]).numpy(),
        ),
        "artist": (one_of_many, songs.artist),
        "genre": (one_of_many, songs.genre[:, 0]),
        "emotion": (one_of_many, songs.emotion),
    }
    heads = [name for name in asked if name not in left_out]
    model = keras.Model(autoencoder.inputs, {name: autoencoder.output[name] for name in heads})
    rates = learning_rates(settings, epochs * steps_per_epoch(len(songs), batch_size))
    model.compile(
        keras.optimizers.AdamW(rates, weight_decay=settings.weight_decay),
        loss={name: asked[name][0] for name in heads},
        loss_weights={name: getattr(settings.weights, name) for name in heads},
    )
    model.fit(
        x=songs.as_dict(),
        y={name: asked[name][1] for name in heads},
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=epoch_ended)],
    )
    return autoencoder


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


def headlines(csv: Path) -> Facts:
    """What one has after the same steps: the headline of the network by our training, and by Keras' own losses.

    Both without a tenth of the artists, whose songs are asked about with the genre and the artist hidden; beside it
    that of z-scored cosine, which learns nothing.
    """
    with TemporaryDirectory() as folder:
        catalogue = read_catalogue(csv, Path(folder))
    data, encoder = catalogue.data, catalogue.encoder
    sizes = CategorySizes(encoder.artist.size, encoder.genre.size, encoder.emotion.size)
    songs = data.inputs.take(data.taught)
    batch_size = batch_size_for(len(songs))
    epochs = epochs_for(steps_per_epoch(len(songs), batch_size))
    scores = {"ours": trained_scores(catalogue, TrainSettings())}
    for name, left_out in {"own losses": [], "own losses, no artists": ["artist"]}.items():
        autoencoder = fit_own_losses(songs, sizes, batch_size, epochs, left_out)
        scores[name] = evaluate_space(network_of(autoencoder.get_layer("encoder")), data)
    return {
        "artists": sizes.artist,
        "epochs": epochs,
        "z-scored cosine": catalogue.cosine,
        **{name: mean_headline([found]) for name, found in scores.items()},
    }


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
