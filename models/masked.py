"""Training of the masked autoencoder: fields are hidden at random and asked for."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.autoencoder import CategorySizes, build_autoencoder
from models.batches import batch_size_for, epochs_for, steps_per_epoch, temperature_for
from models.checkpoints import Checkpoints, training_digest
from models.epochs import Batch, EpochHook, EpochLoop, Trained, Watch, rows_to_fit
from models.objective import (
    HEADS,
    Marginals,
    artist_error,
    continuous_error,
    draw_masks,
    emotion_error,
    flags_error,
    genre_error,
    mask_inputs,
    measure_marginals,
    predicted_numbers,
    ranking_error,
    total_loss,
    unit_range_mse,
)
from models.replicas import training_strategy
from models.training_settings import TrainSettings
from songspace.inputs import Inputs
from songspace.schemas import CONTINUOUS


def train_masked(
    inputs: Inputs,
    held_out: npt.NDArray[np.bool_],
    sizes: CategorySizes,
    settings: TrainSettings,
    on_epoch: EpochHook | None = None,
    unfinished: Path | None = None,
) -> Trained:
    """Fit the network to *inputs*, but for those *held_out*, [rows]: these are looked at after each epoch.

    With a folder *unfinished*, training that was stopped goes on from its checkpoint there.

    Returns:
        The network, its encoder, and per epoch "loss", each of HEADS and "mse" (of the 17 numbers, each on a scale
        of 0 to 1), and where songs are held out all of them again as "val_...".

    Raises:
        ValueError: If a number of *inputs* is infinite, or no song is left to fit.
        TimeoutError: If training is not done within `settings.deadline_s`.
        FloatingPointError: If the loss is no longer a number.
    """
    fitted, validated = rows_to_fit(inputs, held_out)
    batch_size = settings.batch_size or batch_size_for(len(fitted))
    steps = steps_per_epoch(len(fitted), batch_size)
    epochs = settings.epochs or epochs_for(steps)
    marginals = measure_marginals(inputs.take(fitted) if len(validated) else inputs)
    keras.utils.clear_session()  # or layers are numbered on from a training before
    with training_strategy().scope():
        autoencoder = build_autoencoder(sizes, settings.network, settings.seed)
        loop = MaskedLoop(autoencoder, inputs, marginals, settings, epochs * steps)

    watch = Watch(settings, epochs, on_epoch)
    checkpoints = Checkpoints(unfinished, training_digest(inputs, held_out, sizes, settings))
    for epoch in range(checkpoints.resume(loop, watch), epochs):
        losses = loop.fit(fitted, batch_size, epoch)
        watch(epoch + 1, losses | loop.validate(validated))
        checkpoints.save(loop, watch)
        watch.check_deadline()
    return Trained(autoencoder, autoencoder.get_layer("encoder"), watch.history, len(fitted))


class MaskedLoop(EpochLoop):
    """Epochs of the masked objective."""

    curves = ("loss", *HEADS, "mse")

    def __init__(
        self,
        autoencoder: keras.Model,
        inputs: Inputs,
        marginals: Marginals,
        settings: TrainSettings,
        steps: int,
    ) -> None:
        optimizer = keras.optimizers.AdamW(
            learning_rates(settings, steps), weight_decay=settings.weight_decay
        )
        super().__init__(autoencoder, inputs, optimizer, settings.seed)
        self.settings = settings
        self.marginals = marginals
        self.temperature = settings.temperature or temperature_for(len(inputs))
        # The artist head is left out: over all artists it would cost more than the rest of the network together.
        self.network = keras.Model(
            autoencoder.inputs,
            {name: out for name, out in autoencoder.output.items() if name != "artist"},
        )
        self.encoder = autoencoder.get_layer("encoder")
        self.artist_head = autoencoder.get_layer("artist_head")

    def draw(self, seed: tf.Tensor, songs: int) -> Batch:
        """What is hidden of each song, of whom the ranked ones are, and the artists that are not meant."""
        ids = self.artist_head.bias.shape[0]
        nobody = min(1, ids - 1)  # is drawn only where nobody else is known
        negatives, ranked = tf.random.fold_in(seed, 1), tf.random.fold_in(seed, 2)
        return {
            "masks": draw_masks(songs, seed),
            "negatives": tf.random.stateless_uniform(
                [self.settings.artist_negatives], negatives, nobody, ids, tf.int32
            ),
            "ranked": tf.random.stateless_uniform([min(self.settings.ranked_songs, songs)], ranked),
        }

    def losses(self, batch: Batch, drawn: Batch, *, training: bool) -> Batch:
        """The weighted sum, each head's error as a share of what its marginal leaves open, and the MSE."""
        seen = mask_inputs(batch, self.settings.masks, drawn["masks"])
        outputs = self.network(seen, training=training)
        latent, marginals = outputs["latent"], self.marginals
        continuous, flags = tf.split(batch["numeric"], [len(CONTINUOUS), -1], axis=1)
        errors = {
            "continuous": continuous_error(outputs["continuous"], continuous),
            "flags": flags_error(outputs["flags"], flags, marginals.flags),
            "genre": genre_error(outputs["genre"], batch["genre"]) / marginals.genre,
            "emotion": emotion_error(outputs["emotion"], batch["emotion"]) / marginals.emotion,
            "artist": self._artist_error(latent, batch["artist"], drawn) / marginals.artist,
            "ranking": self._ranking_error(latent, batch, seen, drawn, training=training),
        }
        mse = unit_range_mse(predicted_numbers(outputs), batch["numeric"], marginals.width)
        return {"loss": total_loss(errors, self.settings.weights), **errors, "mse": mse}

    def _artist_error(self, latent: tf.Tensor, artist: tf.Tensor, drawn: Batch) -> tf.Tensor:
        """Nats of the artist against artists drawn for this step."""
        kernel, bias = self.artist_head.kernel, self.artist_head.bias
        direction = latent * self.settings.network.category_scale
        return artist_error(direction, kernel, bias, artist, drawn["negatives"])

    def _ranking_error(
        self, latent: tf.Tensor, batch: Batch, seen: Batch, drawn: Batch, *, training: bool
    ) -> tf.Tensor:
        """How well the first songs of a batch rank more of them, placed by all but, mostly, the artist.

        Were the artist always known there, a stranger's song would lie among other strangers' and not
        among its like.
        """
        settings = self.settings
        ranked = {name: array[: settings.ranked_songs] for name, array in batch.items()}
        hidden = drawn["ranked"] < settings.masks.artist
        artist = tf.where(hidden, 0, ranked["artist"])
        known = self.encoder({**ranked, "artist": artist}, training=training)
        queries = slice(min(settings.ranking_songs, settings.ranked_songs))
        hidden = tf.reduce_all(seen["genre"][queries] == 0, 1)
        return ranking_error(latent[queries], known, ranked["genre"], hidden, self.temperature)


def learning_rates(
    settings: TrainSettings, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """From nought to the peak in a straight line, and down to nought along a cosine."""
    warm_up = int(settings.warm_up * steps)
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else settings.learning_rate,
        max(steps - warm_up, 1),
        warmup_target=settings.learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )
