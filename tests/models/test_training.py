"""Training on catalogues small enough to learn by heart."""

import gc
import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from pydantic import ValidationError

from models.autoencoder import CategorySizes
from models.epochs import Trained
from models.export import network_of
from models.inference import keras_latents
from models.objective import HEADS
from models.saving import save_network
from models.training import train_autoencoder
from models.training_settings import NetworkSettings, OriginalSettings, TrainSettings
from songspace.inputs import Inputs

SIZES = CategorySizes(artist=9, genre=5, emotion=4)
SMALL = TrainSettings(
    epochs=3,
    batch_size=64,
    network=NetworkSettings(
        hidden=(16,), decoder=(16,), artist_embedding=8, genre_embedding=4, emotion_embedding=2
    ),
)

ROWS = 256
HELD_OUT = np.arange(ROWS) % 5 == 0


def songs(rows: int = ROWS) -> Inputs:
    """Songs whose numbers follow their genre."""
    drawn = np.random.default_rng(0)
    genre = drawn.integers(1, SIZES.genre, rows)
    tags = np.zeros((rows, 4), np.int32)
    tags[:, 0] = genre
    numeric = genre[:, None] - 2.5 + 0.1 * drawn.standard_normal((rows, 17))
    numeric[:, 9:] = drawn.integers(0, 2, (rows, 8))
    return Inputs(
        numeric=numeric.astype(np.float32),
        artist=drawn.integers(0, SIZES.artist, rows, dtype=np.int32),
        genre=tags,
        emotion=drawn.integers(0, SIZES.emotion, rows, dtype=np.int32),
    )


def train(inputs: Inputs, held_out: Any = None, **settings: Any) -> Trained:
    """A network fitted to songs, to all of them if not told otherwise."""
    held_out = np.zeros(len(inputs), np.bool_) if held_out is None else held_out
    return train_autoencoder(inputs, held_out, SIZES, SMALL.model_copy(update=settings))


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(songs(), held_out=HELD_OUT)


@pytest.fixture(scope="module")
def again() -> Trained:
    """Trained on the same songs, while others are held out in the same places."""
    random.random()  # as Prefect's threads draw from Python's generator while a network is built
    others = songs()
    others.numeric[HELD_OUT] = 100.0
    return train(others, held_out=HELD_OUT)


@pytest.fixture(scope="module")
def original() -> Trained:
    return train(songs(), objective="original", original=OriginalSettings(epochs=2))


def test_the_loss_falls_and_every_head_has_its_curve(trained: Trained) -> None:
    history = trained.history

    curves = {"loss", *HEADS, "mse"}
    assert set(history) == curves | {f"val_{curve}" for curve in curves}
    assert {len(curve) for curve in history.values()} == {3}
    assert history["loss"][-1] < history["loss"][0]
    assert history["val_loss"][-1] < history["val_loss"][0]


def test_the_original_objective_has_a_network_and_curves_of_its_own(original: Trained) -> None:
    assert set(original.history) == {"loss", "mse", "val_loss", "val_mse"}
    assert original.autoencoder.name == "original"


def test_a_latent_is_a_direction_in_twenty_dimensions(trained: Trained) -> None:
    latents = trained.encoder(songs(8).as_dict()).numpy()

    assert latents.shape == (8, 20)
    assert np.linalg.norm(latents, axis=1) == pytest.approx(1, abs=1e-6)


def test_unknown_fields_give_a_latent_too(trained: Trained) -> None:
    nothing = songs(1).hiding("numeric", "artist", "genre", "emotion")

    assert np.isfinite(trained.encoder(nothing.as_dict()).numpy()).all()


def test_the_same_seed_gives_the_same_file(
    trained: Trained, again: Trained, tmp_path: Path
) -> None:
    save_network(trained.autoencoder, tmp_path / "one.keras")
    save_network(again.autoencoder, tmp_path / "two.keras")

    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()


def test_another_seed_places_songs_elsewhere(trained: Trained) -> None:
    other = train(songs(), held_out=HELD_OUT, seed=SMALL.seed + 1)

    places = [network_of(network.encoder)(songs()) for network in (trained, other)]
    assert np.abs(places[0] - places[1]).max() > 0.1


def test_the_largest_seed_leaves_room_for_the_rehearsals_within_32_bits() -> None:
    largest = TrainSettings(seed=2**31 - 2).seed

    assert largest + 1 == np.iinfo(np.int32).max
    with pytest.raises(ValidationError, match="seed"):
        TrainSettings(seed=largest + 1)


def test_the_saved_encoder_places_songs_as_the_trained_one_does(
    trained: Trained, tmp_path: Path
) -> None:
    save_network(trained.encoder, tmp_path / "encoder.keras")

    latents = keras_latents(tmp_path / "encoder.keras", songs())

    assert latents == pytest.approx(trained.encoder(songs().as_dict()).numpy(), abs=1e-6)


def test_held_out_songs_are_looked_at_and_not_learned_from(
    trained: Trained, again: Trained
) -> None:
    weights = [network.autoencoder.get_weights() for network in (trained, again)]

    assert all(map(np.array_equal, *weights))
    assert again.history["loss"] == trained.history["loss"]
    assert again.history["val_loss"][0] > 100 * trained.history["val_loss"][0]


@pytest.mark.parametrize("objective", ["masked", "original"])
def test_the_arrays_are_let_go_when_training_is_over(objective: str) -> None:
    rows = 307  # as no other test has

    trained = train(songs(rows), objective=objective, original=OriginalSettings(epochs=1))

    eager = type(tf.constant(0))
    kept = [thing.shape for thing in gc.get_objects() if type(thing) is eager]
    assert [shape for shape in kept if shape[:1] == [rows]] == []
    assert trained.songs  # it is still there


def test_a_diverging_loss_stops_the_training() -> None:
    with pytest.raises(FloatingPointError, match=r"train\.learning_rate \(now 1e\+30\)"):
        train(songs(), learning_rate=1e30)


@pytest.mark.parametrize("objective", ["masked", "original"])
def test_infinite_numbers_are_refused_before_training(objective: str) -> None:
    inputs = songs()
    inputs.numeric[3, 4] = np.inf

    with pytest.raises(ValueError, match="1 of 4352 are infinite"):
        train(inputs, objective=objective)


GENRES = 8


def planted() -> Inputs:
    """Songs of eight genres: three of their numbers tell them apart, the six louder ones and the switches do not."""
    drawn = np.random.default_rng(4)
    genre = drawn.integers(1, GENRES + 1, 800, np.int32)
    corners = np.array([[place >> axis & 1 for axis in range(3)] for place in range(GENRES)]) - 0.5
    numeric = drawn.standard_normal((800, 17), np.float32)
    numeric[:, :3] = corners[genre - 1] + 0.2 * numeric[:, :3]
    numeric[:, 9:] = drawn.integers(0, 2, (800, 8))
    return Inputs(
        numeric=numeric,
        artist=drawn.integers(1, 200, 800, np.int32),
        genre=np.pad(genre[:, None], ((0, 0), (0, 3))),
        emotion=drawn.integers(1, 4, 800, np.int32),
    )


def test_a_song_whose_genre_is_hidden_lies_near_songs_of_its_genre() -> None:
    """And where no songs are held out there are no curves of them."""
    queries, catalogue = planted().take(slice(200)), planted().take(slice(200, None))
    sizes = CategorySizes(artist=200, genre=GENRES + 1, emotion=4)
    told: list[int] = []

    trained = train_autoencoder(
        catalogue,
        np.zeros(len(catalogue), np.bool_),
        sizes,
        SMALL.model_copy(update={"epochs": 10}),
        lambda epoch, *_: told.append(epoch),
    )
    place = network_of(trained.encoder)

    asked = queries.hiding("genre", "artist")
    by_numbers = ndcg(unit(queries.numeric) @ unit(catalogue.numeric).T, queries, catalogue)
    assert by_numbers < 0.4
    assert ndcg(place(asked) @ place(catalogue).T, queries, catalogue) > by_numbers + 0.4
    assert set(trained.history) == {"loss", *HEADS, "mse"}
    assert told == list(range(1, 11))


def unit(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rows of length 1."""
    rows: npt.NDArray[Any] = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
    return rows


def ndcg(scores: npt.NDArray[Any], queries: Inputs, catalogue: Inputs) -> float:
    """nDCG@10 where a song of the same genre is worth 1: the best list is ten of them."""
    nearest = np.argsort(-scores, axis=1)[:, :10]
    gains = catalogue.genre[nearest, 0] == queries.genre[:, :1]
    discounts = 1 / np.log2(np.arange(2, 12))
    return float((gains @ discounts).mean() / discounts.sum())
