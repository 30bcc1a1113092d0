"""The network on a catalogue small enough to learn by heart."""

import dataclasses
import random
import time
from pathlib import Path

import numpy as np
import pytest

from models.autoencoder import CategorySizes
from models.batches import split_songs, steps_per_epoch
from models.inference import keras_latents
from models.objective import HEADS
from models.saving import save_network
from models.training import EpochLoop, Trained, check, entropy, stale_epochs, train_autoencoder
from models.training_settings import NetworkSettings, ObjectiveSettings, TrainSettings
from songspace.inputs import Inputs

EAGER = TrainSettings(
    epochs=60,
    patience=3,
    batch_size=64,
    learning_rate=0.02,
    validation_share=0.2,
    network=NetworkSettings(hidden=(64,)),
)
"""Learns by heart, and has forgotten its best by the time it stops."""

SIZES = CategorySizes(artist=9, genre=5, emotion=4)
SMALL = TrainSettings(
    epochs=3,
    batch_size=64,
    network=NetworkSettings(
        hidden=(16,), artist_embedding=8, genre_embedding=4, emotion_embedding=2
    ),
)

PAIRS = np.arange(256) // 2


def songs(rows: int = 256) -> Inputs:
    """Songs whose numbers follow their genre."""
    drawn = np.random.default_rng(0)
    genre = drawn.integers(1, SIZES.genre, rows)
    tags = np.zeros((rows, 4), np.int32)
    tags[:, 0] = genre
    numeric = genre[:, None] + 0.1 * drawn.standard_normal((rows, 17))
    return Inputs(
        numeric=numeric.astype(np.float32),
        artist=drawn.integers(0, SIZES.artist, rows, dtype=np.int32),
        genre=tags,
        emotion=drawn.integers(0, SIZES.emotion, rows, dtype=np.int32),
    )


def noise() -> Inputs:
    """Songs of which nothing can be learned but by heart."""
    drawn = np.random.default_rng(1)
    numeric = drawn.standard_normal((256, 17)).astype(np.float32)
    return dataclasses.replace(songs(), numeric=numeric)


def train(inputs: Inputs, settings: TrainSettings = SMALL) -> Trained:
    """A network fitted to songs that have a clone each."""
    return train_autoencoder(inputs, PAIRS[: len(inputs)], SIZES, settings)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(songs())


@pytest.fixture(scope="module")
def overfitted() -> Trained:
    return train(noise(), EAGER)


def test_the_loss_falls_and_every_head_has_its_curve(trained: Trained) -> None:
    history = trained.history

    heads = {"loss", "numeric", "genre", "emotion", "artist"}
    assert set(history) == heads | {f"val_{head}" for head in heads}
    assert [len(curve) for curve in history.values()] == [3] * 10
    assert history["loss"][-1] < history["loss"][0]


def test_a_latent_is_a_direction_in_twenty_dimensions(trained: Trained) -> None:
    latents = trained.encoder(songs(8).as_dict()).numpy()

    assert latents.shape == (8, 20)
    assert np.linalg.norm(latents, axis=1) == pytest.approx(1, abs=1e-6)


def test_unknown_fields_give_a_latent_too(trained: Trained) -> None:
    nothing = Inputs(
        numeric=np.full((1, 17), np.nan, np.float32),
        artist=np.zeros(1, np.int32),
        genre=np.zeros((1, 4), np.int32),
        emotion=np.zeros(1, np.int32),
    )

    assert np.isfinite(trained.encoder(nothing.as_dict()).numpy()).all()


def test_the_same_seed_gives_the_same_file(trained: Trained, tmp_path: Path) -> None:
    random.random()  # as Prefect's threads draw from Python's generator while a network is built
    again = train(songs())

    save_network(trained.autoencoder, tmp_path / "one.keras")
    save_network(again.autoencoder, tmp_path / "two.keras")

    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()


def test_the_saved_encoder_places_songs_as_the_trained_one_does(
    trained: Trained, tmp_path: Path
) -> None:
    save_network(trained.encoder, tmp_path / "encoder.keras")

    latents = keras_latents(tmp_path / "encoder.keras", songs())

    assert latents == pytest.approx(trained.encoder(songs().as_dict()).numpy(), abs=1e-6)


def test_training_gives_up_at_its_deadline() -> None:
    settings = SMALL.model_copy(update={"deadline_s": 5})
    losses = {"loss": 1.0, "val_loss": 1.0}

    check(losses, 2, time.monotonic(), settings)
    with pytest.raises(TimeoutError, match=r"epoch 3 of 3.*train\.deadline_s"):
        check(losses, 2, time.monotonic() - 6, settings)


def test_a_diverging_loss_stops_the_training() -> None:
    settings = SMALL.model_copy(update={"learning_rate": 1e30})

    with pytest.raises(FloatingPointError, match="learning_rate"):
        train(songs(), settings)


def test_a_network_so_small_that_all_its_units_fall_silent_still_learns() -> None:
    tiny = NetworkSettings(hidden=(1,), dropout=0.5)

    history = train(songs(64), SMALL.model_copy(update={"network": tiny})).history

    assert np.isfinite(history["val_loss"]).all()


def test_infinite_numbers_are_refused_before_training() -> None:
    inputs = songs()
    inputs.numeric[3, 4] = np.inf

    with pytest.raises(ValueError, match="1 of 4352 are infinite"):
        train(inputs)


def test_the_kept_weights_are_those_of_the_lowest_validation_loss(overfitted: Trained) -> None:
    curve = overfitted.history["val_loss"]
    fit, validation = split_songs(PAIRS, EAGER.validation_share, EAGER.seed)
    loop = EpochLoop(
        overfitted.autoencoder, noise(), SIZES, EAGER, steps_per_epoch(len(fit), EAGER)
    )

    kept = loop.validate(validation)

    assert curve[-1] > min(curve) + 0.01
    assert kept["val_loss"] == pytest.approx(min(curve), abs=1e-5)
    assert loop.validate(validation) == kept


def test_patience_is_counted_from_the_best_epoch(overfitted: Trained) -> None:
    curve = overfitted.history["val_loss"]

    assert int(np.argmin(curve)) > 0
    assert stale_epochs(curve) == EAGER.patience
    assert max(stale_epochs(curve[:epoch]) for epoch in range(1, len(curve))) < EAGER.patience


def test_stale_epochs_are_those_since_the_lowest_loss() -> None:
    assert stale_epochs([3.0, 2.0, 1.0]) == 0
    assert stale_epochs([3.0, 1.0, 2.0, 1.0]) == 2


def test_nothing_is_learned_from_validation_songs(trained: Trained) -> None:
    _, validation = split_songs(PAIRS, SMALL.validation_share, SMALL.seed)
    poisoned = songs()
    poisoned.numeric[validation] = 100.0

    history = train(poisoned).history

    assert history["loss"] == trained.history["loss"]
    assert history["val_loss"][0] > 100 * trained.history["val_loss"][0]


def test_what_is_hidden_from_the_network_is_asked_of_it_all_the_same() -> None:
    blind = ObjectiveSettings(numeric_masked=1, genre_masked=1, artist_masked=1, emotion_masked=1)

    history = train(songs(), SMALL.model_copy(update={"epochs": 1, "objective": blind})).history

    assert all(history[f"{part}{head}"][0] > 0.1 for part in ("", "val_") for head in HEADS)


def test_entropy_is_that_of_the_shares() -> None:
    assert entropy(np.array([1, 1, 2, 2], np.int32)) == pytest.approx(np.log(2))
    assert entropy(np.array([], np.int32)) == 1.0
