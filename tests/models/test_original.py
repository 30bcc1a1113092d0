"""The old objective, built as it was: what it reconstructs, and that its latents can be served like ours."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.autoencoder import CategorySizes
from models.epochs import Trained
from models.export import network_of
from models.original import build_original, epochs_since_best, train_original
from models.training_settings import OriginalSettings, TrainSettings
from songspace.inputs import Floats, Inputs

SIZES = CategorySizes(artist=9, genre=7, emotion=4)
ROWS = 400


@pytest.fixture(scope="module")
def songs() -> Inputs:
    drawn = np.random.default_rng(3)
    return Inputs(
        numeric=drawn.standard_normal((ROWS, 17), np.float32),
        artist=drawn.integers(0, SIZES.artist, ROWS, np.int32),
        genre=drawn.integers(0, SIZES.genre, (ROWS, 4), np.int32),
        emotion=drawn.integers(0, SIZES.emotion, ROWS, np.int32),
    )


@pytest.fixture(scope="module")
def trained(songs: Inputs) -> Trained:
    settings = TrainSettings(objective="original", original=OriginalSettings(epochs=3))
    return train_original(songs, np.arange(ROWS) < 40, SIZES, settings)


def test_it_rebuilds_192_values_of_which_17_are_numbers_from_0_to_1(songs: Inputs) -> None:
    _, _, targets = build_original(songs, SIZES, seed=1)

    known = targets(songs.as_dict()).numpy()

    assert known.shape == (ROWS, 192)
    assert known[:, :17].min() == pytest.approx(0, abs=1e-6)
    assert known[:, :17].max() == pytest.approx(1, abs=1e-6)
    assert np.abs(known[:, 17:]).max() <= 0.05  # as Keras draws embeddings


def test_its_targets_stay_what_they_were_before_training(songs: Inputs) -> None:
    autoencoder, _, targets = build_original(songs, SIZES, seed=1)
    before = targets(songs.as_dict()).numpy()

    table = autoencoder.get_layer("encoder").get_layer("artist_embedding")
    table.set_weights([weights + 1 for weights in table.get_weights()])

    assert np.array_equal(targets(songs.as_dict()).numpy(), before)


def test_predicting_nought_for_its_embeddings_costs_what_its_published_curve_ends_at(
    songs: Inputs,
) -> None:
    _, _, targets = build_original(songs, SIZES, seed=1)

    embeddings = targets(songs.as_dict()).numpy()[:, 17:]

    floor = 175 / 192 * (0.05**2 / 3)
    assert (embeddings**2).mean() * 175 / 192 == pytest.approx(floor, rel=0.15)


def test_it_keeps_a_curve_of_the_loss_and_of_the_17_numbers(trained: Trained) -> None:
    assert set(trained.history) == {"loss", "mse", "val_loss", "val_mse"}
    assert trained.history["loss"][-1] < trained.history["loss"][0]


def test_epochs_are_counted_from_the_first_best_one() -> None:
    assert epochs_since_best([3.0, 1.0, 2.0, 1.0]) == 2
    assert epochs_since_best([3.0, 1.0]) == 0


def test_it_stops_some_epochs_after_its_best_and_keeps_the_weights_of_that(songs: Inputs) -> None:
    eager = OriginalSettings(epochs=60, patience=2, batch_size=64, learning_rate=0.005)
    nobody = np.zeros(ROWS, np.bool_)
    settings = TrainSettings(objective="original", original=eager)

    stopped = train_original(songs, nobody, SIZES, settings)
    curve = stopped.history["val_loss"]
    best = int(np.argmin(curve)) + 1
    shorter = settings.model_copy(update={"original": eager.model_copy(update={"epochs": best})})
    until_best = train_original(songs, nobody, SIZES, shorter)

    assert 1 < best < 58
    assert len(curve) == best + 2
    assert all(np.array_equal(*pair) for pair in weight_pairs(stopped, until_best))


def test_stopped_past_its_best_epoch_it_goes_on_and_keeps_the_weights_of_that(
    songs: Inputs, tmp_path: Path
) -> None:
    eager = OriginalSettings(epochs=60, patience=2, batch_size=64, learning_rate=0.005)
    settings = TrainSettings(objective="original", original=eager)
    nobody = np.zeros(ROWS, np.bool_)
    whole = train_original(songs, nobody, SIZES, settings)
    last = len(whole.history["val_loss"])

    def stop(epoch: int, *_: object) -> None:
        if epoch == last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_original(songs, nobody, SIZES, settings, stop, tmp_path)
    gone_on = train_original(songs, nobody, SIZES, settings, unfinished=tmp_path)
    nothing_left = train_original(songs, nobody, SIZES, settings, stop, tmp_path)

    for trained in (gone_on, nothing_left):
        assert trained.history == whole.history
        assert all(np.array_equal(*pair) for pair in weight_pairs(trained, whole))


def test_songs_are_set_aside_so_it_needs_three(songs: Inputs) -> None:
    with pytest.raises(ValueError, match="three songs or more, two to be set aside"):
        train_original(songs.take(slice(2)), np.zeros(2, np.bool_), SIZES, TrainSettings())


def test_its_encoder_without_keras_places_songs_as_keras_does(
    songs: Inputs, trained: Trained
) -> None:
    numeric = songs.numeric.copy()
    numeric[::3, 4] = np.nan
    songs = replace(songs, numeric=numeric)

    latents = network_of(trained.encoder)(songs)

    raw = trained.encoder(songs.as_dict()).numpy()
    assert np.abs(latents - raw / np.linalg.norm(raw, axis=1, keepdims=True)).max() < 1e-5


def test_it_reads_the_first_genre_only(songs: Inputs, trained: Trained) -> None:
    others = songs.genre.copy()
    others[:, 1:] = 0

    network = network_of(trained.encoder)

    assert np.array_equal(network(songs), network(replace(songs, genre=others)))


def test_held_out_songs_are_not_fitted(songs: Inputs) -> None:
    settings = TrainSettings(objective="original", original=OriginalSettings(epochs=1))
    held_out = np.arange(ROWS) < 40
    numeric = songs.numeric.copy()
    numeric[held_out] *= 1000

    one = train_original(songs, held_out, SIZES, settings)
    other = train_original(replace(songs, numeric=numeric), held_out, SIZES, settings)

    assert all(np.array_equal(*pair) for pair in weight_pairs(one, other))


def weight_pairs(one: Trained, other: Trained) -> Iterator[tuple[Floats, Floats]]:
    """The weights of two networks beside one another."""
    return zip(one.autoencoder.get_weights(), other.autoencoder.get_weights(), strict=True)
