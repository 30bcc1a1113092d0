"""Trains on two logical CPUs, a process of its own, since TensorFlow asks for them once; writes found.json."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import models.masked
from models.autoencoder import CategorySizes
from models.export import network_of
from models.masked import train_masked
from models.training_settings import NetworkSettings, TrainSettings
from songspace.inputs import Inputs
from tests.models.one_weight import OneWeight, numbered

SIZES = CategorySizes(artist=9, genre=5, emotion=4)
NETWORK = NetworkSettings(hidden=(16,), decoder=(16,))


def songs(rows: int = 256) -> Inputs:
    """Songs whose numbers follow their genre."""
    drawn = np.random.default_rng(0)
    genre = drawn.integers(1, SIZES.genre, rows, dtype=np.int32)
    numeric = genre[:, None] - 2.5 + 0.1 * drawn.standard_normal((rows, 17))
    numeric[:, 9:] = drawn.integers(0, 2, (rows, 8))
    return Inputs(
        numeric=numeric.astype(np.float32),
        artist=drawn.integers(0, SIZES.artist, rows, dtype=np.int32),
        genre=np.pad(genre[:, None], ((0, 0), (0, 3))),
        emotion=drawn.integers(0, SIZES.emotion, rows, dtype=np.int32),
    )


class StoppedError(Exception):
    """As if the process had ended after an epoch."""


def train(unfinished: Path | None = None, stop_after: int = 0) -> dict[str, object]:
    """The curve of a training on songs, and where it places them."""

    def stop(epoch: int, _epochs: int, _losses: dict[str, float]) -> None:
        if epoch == stop_after + 1:  # the epoch before has been kept
            raise StoppedError

    settings = TrainSettings(epochs=4, batch_size=63, network=NETWORK)
    held_out = np.arange(256) % 5 == 0
    hook = stop if stop_after else None
    trained = train_masked(songs(), held_out, SIZES, settings, hook, unfinished)
    return {
        "history": trained.history,
        "latents": network_of(trained.encoder)(songs()).tolist(),
    }


def weights_of(steps: int) -> list[float]:
    """What a single weight is after so many epochs, as each replica has it."""
    loop = OneWeight([1.0, 2.0, 3.0, 6.0], learning_rate=0.1, momentum=0.5)
    for epoch in range(steps):
        loop.fit(numbered(4), 4, epoch)
    held = tf.distribute.get_strategy().experimental_local_results(loop.variables[0].value)
    return [float(weight[0, 0]) for weight in held]


def main() -> None:
    """Train three times, once, again, and stopped in between; and a single weight without replicas and with two."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    both = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    vars(models.masked)["training_strategy"] = lambda: both
    found: dict[str, Any] = {"once": train(), "again": train()}
    unfinished = Path(sys.argv[1])
    try:
        train(unfinished, stop_after=2)
    except StoppedError:
        found["resumed"] = train(unfinished)
    found["one"] = weights_of(3)
    with both.scope():
        found["both"] = weights_of(3)
    Path(sys.argv[1], "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
