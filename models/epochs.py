"""Epochs in memory: a graph-compiled pass over arrays that never leave the device."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.batches import Rows, shared_out, shuffled_batches
from models.replicas import copies, this_replica
from models.training_settings import TrainSettings
from songspace.inputs import Floats, Inputs
from songspace.weights import Tensors

VALIDATED_AT_ONCE = 4096
"""Songs a step where nothing is fitted."""

Losses = dict[str, float]
History = dict[str, list[float]]
EpochHook = Callable[[int, int, Losses], None]
Batch = dict[str, tf.Tensor]


@dataclass(frozen=True)
class Trained:
    """A fitted network and its curve."""

    autoencoder: keras.Model
    encoder: keras.Model
    history: History
    songs: int
    """How many it was fitted to."""


class EpochLoop(ABC):
    """One network, its optimizer and its data, ready to run epochs.

    Of several replicas, see `models.replicas`, each takes an even share of every batch, ranks and tells apart within
    that share, and all take the step that the mean of their gradients asks for.
    """

    curves: Sequence[str]
    """Names of what `losses` gives; "loss" is what is minimised."""

    def __init__(
        self, network: keras.Model, inputs: Inputs, optimizer: keras.optimizers.Optimizer, seed: int
    ) -> None:
        self.replicas = tf.distribute.get_strategy()
        self.data = copies(inputs, self.replicas)
        self.variables = network.trainable_variables
        self.optimizer = optimizer
        self.optimizer.build(self.variables)
        kept = {"network": network.variables, "optimizer": self.optimizer.variables}
        self.kept_variables = {
            f"{owner}.{place}": variable
            for owner, variables in kept.items()
            for place, variable in enumerate(variables)
        }
        self.seed = seed
        self._slopes: list[Any] = [partial(self._slope, data) for data in self.data]
        self._fit_step: Any = self._step
        if len(self.data) == 1:
            self._fit_step = tf.function(self._step, jit_compile=True)
        else:  # what replicas tell each other XLA cannot compile
            self._slopes = [tf.function(slope, jit_compile=True) for slope in self._slopes]

    def state(self) -> Tensors:
        """All that the epochs to come depend on: of the network, its random draws and the optimizer."""
        return {
            # A number becomes an array of one, as in the file.
            name: np.ascontiguousarray(variable.numpy())
            for name, variable in self.kept_variables.items()
        }

    def restore(self, state: Tensors) -> None:
        """Continue from another loop's *state*."""
        for name, variable in self.kept_variables.items():
            variable.assign(state[name].reshape(variable.shape))

    def draw(self, seed: tf.Tensor, songs: int) -> Batch:  # noqa: ARG002 - nothing is drawn
        """What `losses` needs of chance for a batch of so many *songs*; *seed* is int32 [2].

        It is drawn beside what XLA compiles, which takes thirty times as long for it on a CPU.
        """
        return {}

    @abstractmethod
    def losses(self, batch: Batch, drawn: Batch, *, training: bool) -> Batch:
        """All of `curves` for a batch, with what `draw` gave for it."""

    def fit(self, rows: Rows, batch_size: int, epoch: int) -> Losses:
        """One pass over *rows* in the order of *epoch*; the mean losses of its steps."""
        batches = shuffled_batches(rows, batch_size, (self.seed, epoch))
        steps = len(batches)
        totals = self._fit_batches(
            tf.constant(shared_out(batches, len(self.data))), tf.constant(epoch * steps)
        )
        return {name: float(total) / steps for name, total in totals.items()}

    def validate(self, rows: Rows) -> Losses:
        """Losses on *rows*, drawn the same way every time and without dropout; none without rows."""
        if not len(rows):
            return {}
        # A catalogue may be in the order of its artists: songs in that order are too alike to rank.
        batches = shuffled_batches(rows, VALIDATED_AT_ONCE, (self.seed, 0))
        totals = self._validate_batches(tf.constant(batches))
        return {f"val_{name}": float(total) / len(batches) for name, total in totals.items()}

    @tf.function
    def _fit_batches(self, batches: tf.Tensor, first_step: tf.Tensor) -> Batch:
        """The sums of the losses of all *batches*, [steps, replicas, songs]."""
        totals = {name: tf.constant(0.0) for name in self.curves}
        for place in tf.range(tf.shape(batches)[0]):
            losses = self.replicas.run(
                self._replica_step, (tf.gather(batches, place), first_step + place)
            )
            mean = {name: self._mean(loss) for name, loss in losses.items()}
            totals = {name: totals[name] + mean[name] for name in totals}
        return totals

    @tf.function
    def _validate_batches(self, batches: tf.Tensor) -> Batch:
        totals = {name: tf.constant(0.0) for name in self.curves}
        for place in tf.range(tf.shape(batches)[0]):
            drawn = self.draw(tf.stack([-1, place]), batches.shape[1])
            losses = self._validate_step(tf.gather(batches, place), drawn)
            totals = {name: totals[name] + losses[name] for name in totals}
        return totals

    def _replica_step(self, shares: tf.Tensor, step: tf.Tensor) -> Batch:
        """The losses of this replica's share of a batch, [replicas, songs], and the step that all take."""
        replica, replicas = this_replica(), shares.shape[0]
        drawn = self.draw(tf.stack([self.seed, step * replicas + replica]), shares.shape[1])
        losses: Batch = self._fit_step(shares[replica], drawn)
        return losses

    def _step(self, rows: tf.Tensor, drawn: Batch) -> Batch:
        losses: Batch
        losses, gradients = self._slopes[this_replica()](rows, drawn)
        self.optimizer.apply(gradients, self.variables)
        return losses

    def _slope(self, data: Batch, rows: tf.Tensor, drawn: Batch) -> tuple[Batch, list[tf.Tensor]]:
        """Losses, and this replica's share of the gradient for each variable; Keras adds them up."""
        with tf.GradientTape() as tape:
            losses = self.losses(batch_of(data, rows), drawn, training=True)
            share = losses["loss"] / len(self.data) if len(self.data) > 1 else losses["loss"]
        return losses, tape.gradient(share, self.variables)

    @tf.function(jit_compile=True)
    def _validate_step(self, rows: tf.Tensor, drawn: Batch) -> Batch:
        return self.losses(batch_of(self.data[0], rows), drawn, training=False)

    def _mean(self, loss: tf.Tensor) -> tf.Tensor:
        """The mean of what each replica has."""
        return self.replicas.reduce(tf.distribute.ReduceOp.MEAN, loss, axis=None)


def batch_of(data: Batch, rows: tf.Tensor) -> Batch:
    """The *rows* of *data*."""
    return {name: tf.gather(array, rows) for name, array in data.items()}


class Watch:
    """Keeps the curve of a training, tells the caller, and stops what has diverged or outlived its deadline."""

    def __init__(self, settings: TrainSettings, epochs: int, on_epoch: EpochHook | None) -> None:
        original = settings.objective == "original"
        self.section = "train.original" if original else "train"
        self.learning_rate = (settings.original if original else settings).learning_rate
        self.deadline_s = settings.deadline_s
        self.epochs = epochs
        self.on_epoch = on_epoch
        self.history: History = {}
        self.started = time.monotonic()

    @property
    def epoch(self) -> int:
        """Epochs that are done."""
        return len(self.history.get("loss", ()))

    @property
    def seconds(self) -> float:
        """How long training has taken, before it was stopped included."""
        return time.monotonic() - self.started

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.seconds > self.deadline_s

    def go_on(self, history: History, seconds: float) -> None:
        """Continue a training that has this *history* and took so many *seconds*.

        One that gave up at its deadline, and is asked for again, has all of it once more.
        """
        self.history = history
        self.started -= seconds if seconds <= self.deadline_s else 0

    def __call__(self, epoch: int, losses: Losses) -> None:
        """Take down the *losses* of an epoch, counted from 1.

        Raises:
            FloatingPointError: If a loss is no longer a number.
        """
        broken = {name: value for name, value in losses.items() if not np.isfinite(value)}
        if broken:
            raise FloatingPointError(
                f"Expected numbers as the losses of epoch {epoch}. Received: {broken}. "
                f"Lower {self.section}.learning_rate (now {self.learning_rate})."
            )
        for name, value in losses.items():
            self.history.setdefault(name, []).append(value)
        if self.on_epoch:
            self.on_epoch(epoch, self.epochs, losses)

    def check_deadline(self) -> None:
        """Raise if the deadline has passed; what was learned by then is to be kept before.

        Raises:
            TimeoutError: If training is not done within `settings.deadline_s`.
        """
        if self.late:
            raise TimeoutError(
                f"Training was not done after {self.deadline_s:.0f} s (epoch {self.epoch} of {self.epochs}). "
                f"Raise train.deadline_s or lower {self.section}.epochs."
            )


def rows_to_fit(inputs: Inputs, held_out: npt.NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Row numbers to fit on, at least one, and those that are *held_out*.

    Raises:
        ValueError: If there is none to fit on, *held_out* is of other songs, or a number of *inputs* is infinite.
    """
    if len(held_out) != len(inputs):
        raise ValueError(
            f"Expected held_out to say of each of {len(inputs)} songs whether it is. Received: {len(held_out)}."
        )
    infinite = int(np.isinf(inputs.numeric).sum())
    if infinite:
        raise ValueError(
            f"Expected finite numbers, or NaN for unknown ones. {infinite} of {inputs.numeric.size} are "
            "infinite: look for them in the catalogue and encode it again."
        )
    if held_out.all():
        raise ValueError(f"Expected songs to fit. All {len(held_out)} are held out.")
    rows = np.arange(len(held_out), dtype=np.int32)
    return rows[~held_out], rows[held_out]


def number_ranges(inputs: Inputs) -> tuple[Floats, Floats]:
    """Lowest of each of the 17 numbers, 0 if it is unknown, and highest less lowest, 1 if that is nought."""
    lowest, highest = np.zeros((2, inputs.numeric.shape[1]), np.float32)
    for place, numbers in enumerate(inputs.numeric.T):
        if not np.isnan(numbers).all():
            lowest[place], highest[place] = np.nanmin(numbers), np.nanmax(numbers)
    width = highest - lowest
    return lowest, np.where(width > 0, width, np.float32(1))
