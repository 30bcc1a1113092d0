"""Training in memory: a graph-compiled epoch over arrays that never leave the device."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.autoencoder import CategorySizes, build_autoencoder
from models.batches import shuffled_batches, split_songs, steps_per_epoch
from models.inputs import Inputs
from models.objective import (
    HEADS,
    artist_error,
    emotion_error,
    genre_error,
    mask_inputs,
    numeric_error,
    total_loss,
)
from models.training_settings import TrainSettings

Losses = dict[str, float]
EpochHook = Callable[[int, int, Losses], None]


@dataclass(frozen=True)
class Trained:
    """A fitted network and its curve."""

    autoencoder: keras.Model
    encoder: keras.Model
    history: dict[str, list[float]] = field(default_factory=dict)


def train_autoencoder(
    inputs: Inputs,
    groups: npt.NDArray[np.int64],
    sizes: CategorySizes,
    settings: TrainSettings,
    on_epoch: EpochHook | None = None,
) -> Trained:
    """Fit the network to *inputs*; the weights of the best validation loss are kept.

    Songs of one of *groups*, [rows], are either all fitted or all held out.

    Returns:
        The network, its encoder, and per epoch "loss", each of HEADS, and all of them again as "val_...".

    Raises:
        ValueError: If a number of *inputs* is infinite.
        TimeoutError: If training is not done within `settings.deadline_s`.
        FloatingPointError: If the loss is no longer a number.
    """
    refuse_infinite(inputs)
    keras.utils.clear_session()  # or layers are numbered on from a training before
    fit, validation = split_songs(groups, settings.validation_share, settings.seed)
    autoencoder = build_autoencoder(sizes, settings.network, settings.seed)
    loop = EpochLoop(autoencoder, inputs, sizes, settings, steps_per_epoch(len(fit), settings))

    history: dict[str, list[float]] = {}
    best_weights = autoencoder.get_weights()
    started = time.monotonic()
    for epoch in range(settings.epochs):
        losses = loop.fit(fit, epoch) | loop.validate(validation)
        check(losses, epoch, started, settings)
        for name, value in losses.items():
            history.setdefault(name, []).append(value)
        if on_epoch:
            on_epoch(epoch + 1, settings.epochs, losses)
        stale = stale_epochs(history["val_loss"])
        if stale == 0:
            best_weights = autoencoder.get_weights()
        elif stale >= settings.patience:
            break
    autoencoder.set_weights(best_weights)
    return Trained(autoencoder, autoencoder.get_layer("encoder"), history)


class EpochLoop:
    """One network, its optimizer and its data, ready to run epochs."""

    def __init__(
        self,
        autoencoder: keras.Model,
        inputs: Inputs,
        sizes: CategorySizes,
        settings: TrainSettings,
        steps: int,
    ) -> None:
        self.settings = settings
        self.sizes = sizes
        self.data = {name: tf.constant(array) for name, array in inputs.as_dict().items()}
        self.entropies = marginal_entropies(inputs)
        # The artist head is left out: over all artists it would cost more than the rest of the network together.
        self.network = keras.Model(
            autoencoder.inputs,
            {name: autoencoder.output[name] for name in ("latent", "numeric", "genre", "emotion")},
        )
        self.artist_head = autoencoder.get_layer("artist_head")
        self.variables = autoencoder.trainable_variables
        schedule = keras.optimizers.schedules.CosineDecay(
            settings.learning_rate, settings.epochs * steps
        )
        self.optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay)
        self.optimizer.build(self.variables)

    def fit(self, rows: npt.NDArray[np.int32], epoch: int) -> Losses:
        """One pass over *rows* in a new order; the mean losses of its steps."""
        batches = shuffled_batches(rows, epoch, self.settings)
        steps = len(batches)
        totals = self._fit_batches(tf.constant(batches), tf.constant(epoch * steps))
        return {name: float(total) / steps for name, total in totals.items()}

    def validate(self, rows: npt.NDArray[np.int32]) -> Losses:
        """Losses on *rows*, masked the same way every time and without dropout."""
        batches = np.resize(rows, (-(-len(rows) // 4096), min(len(rows), 4096)))
        totals = self._validate_batches(tf.constant(batches))
        return {f"val_{name}": float(total) / len(batches) for name, total in totals.items()}

    @tf.function
    def _fit_batches(self, batches: tf.Tensor, first_step: tf.Tensor) -> dict[str, tf.Tensor]:
        totals = {name: tf.constant(0.0) for name in ("loss", *HEADS)}
        for place in tf.range(tf.shape(batches)[0]):
            seed = tf.stack([self.settings.seed, first_step + place])
            losses = self._fit_step(tf.gather(batches, place), seed)
            totals = {name: totals[name] + losses[name] for name in totals}
        return totals

    @tf.function
    def _validate_batches(self, batches: tf.Tensor) -> dict[str, tf.Tensor]:
        totals = {name: tf.constant(0.0) for name in ("loss", *HEADS)}
        for place in tf.range(tf.shape(batches)[0]):
            losses = self._validate_step(tf.gather(batches, place), tf.stack([-1, place]))
            totals = {name: totals[name] + losses[name] for name in totals}
        return totals

    @tf.function(jit_compile=True)
    def _fit_step(self, rows: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.GradientTape() as tape:
            losses = self._losses(rows, seed, training=True)
        gradients = tape.gradient(losses["loss"], self.variables)
        self.optimizer.apply(gradients, self.variables)
        return losses

    @tf.function(jit_compile=True)
    def _validate_step(self, rows: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._losses(rows, seed, training=False)

    def _losses(self, rows: tf.Tensor, seed: tf.Tensor, *, training: bool) -> dict[str, tf.Tensor]:
        objective = self.settings.objective
        batch = {name: tf.gather(array, rows) for name, array in self.data.items()}
        outputs = self.network(mask_inputs(batch, objective, seed), training=training)
        negatives = tf.random.stateless_uniform(
            [objective.artist_negatives],
            tf.random.fold_in(seed, 4),
            1,
            max(self.sizes.artist, 2),
            tf.int32,
        )
        direction = outputs["latent"] * self.settings.network.category_scale
        errors = {
            "numeric": numeric_error(outputs["numeric"], batch["numeric"]),
            "genre": genre_error(outputs["genre"], batch["genre"]),
            "emotion": emotion_error(outputs["emotion"], batch["emotion"]),
            "artist": artist_error(
                direction,
                self.artist_head.kernel,
                self.artist_head.bias,
                batch["artist"],
                negatives,
            ),
        }
        return {"loss": total_loss(errors, objective, self.entropies), **errors}


def stale_epochs(val_losses: Sequence[float]) -> int:
    """Epochs since the lowest validation loss; 0 if the last one is it."""
    return len(val_losses) - 1 - int(np.argmin(val_losses))


def marginal_entropies(inputs: Inputs) -> Losses:
    """Entropy in nats of each category's known ids; 1 where there is nothing to tell apart."""
    known = {name: getattr(inputs, name).ravel() for name in ("artist", "genre", "emotion")}
    return {name: entropy(ids[ids > 0]) for name, ids in known.items()}


def entropy(ids: npt.NDArray[np.int32]) -> float:
    """Entropy in nats of the distribution of *ids*; 1 where it is nought."""
    counts = np.bincount(ids)
    shares = counts[counts > 0] / max(len(ids), 1)
    return float(-(shares * np.log(shares)).sum()) or 1.0


def refuse_infinite(inputs: Inputs) -> None:
    """Stop before a training that no learning rate could save."""
    infinite = int(np.isinf(inputs.numeric).sum())
    if infinite:
        raise ValueError(
            f"Expected finite numbers, or NaN for unknown ones. {infinite} of {inputs.numeric.size} are "
            "infinite: look for them in the catalogue and encode it again."
        )


def check(losses: Mapping[str, Any], epoch: int, started: float, settings: TrainSettings) -> None:
    """Stop a training that has diverged or outlived its deadline."""
    if not np.isfinite([losses["loss"], losses["val_loss"]]).all():
        raise FloatingPointError(
            f"The loss of epoch {epoch + 1} is {losses['loss']}. Expected a number. "
            f"Lower train.learning_rate (now {settings.learning_rate})."
        )
    if time.monotonic() - started > settings.deadline_s:
        raise TimeoutError(
            f"Training was not done after {settings.deadline_s:.0f} s (epoch {epoch + 1} of {settings.epochs}). "
            "Raise train.deadline_s or lower train.epochs."
        )
