"""The network on a catalogue small enough to learn by heart."""

import random
from pathlib import Path

import numpy as np
import pytest

from models.autoencoder import CategorySizes
from models.inference import LatentEncoder
from models.inputs import Inputs
from models.saving import save_network
from models.training import Trained, batch_size, entropy, split_rows, train_autoencoder
from models.training_settings import AutoencoderSettings, TrainSettings

SIZES = CategorySizes(artist=9, genre=5, emotion=4)
SMALL = TrainSettings(
    epochs=3,
    batch_size=64,
    network=AutoencoderSettings(
        hidden=(16,), artist_embedding=8, genre_embedding=4, emotion_embedding=2
    ),
)


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


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_autoencoder(songs(), SIZES, SMALL)


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
    again = train_autoencoder(songs(), SIZES, SMALL)

    save_network(trained.autoencoder, tmp_path / "one.keras")
    save_network(again.autoencoder, tmp_path / "two.keras")

    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()


def test_the_saved_encoder_places_songs_as_the_trained_one_does(
    trained: Trained, tmp_path: Path
) -> None:
    save_network(trained.encoder, tmp_path / "encoder.keras")

    latents = LatentEncoder(tmp_path / "encoder.keras")(songs())

    assert latents == pytest.approx(trained.encoder(songs().as_dict()).numpy(), abs=1e-6)


def test_training_stops_when_validation_gets_no_better() -> None:
    settings = SMALL.model_copy(update={"epochs": 50, "patience": 2, "learning_rate": 1e-9})

    history = train_autoencoder(songs(), SIZES, settings).history

    assert len(history["loss"]) < 50


def test_training_gives_up_at_its_deadline() -> None:
    settings = SMALL.model_copy(update={"deadline_s": 1e-3})

    with pytest.raises(TimeoutError, match=r"train\.deadline_s"):
        train_autoencoder(songs(), SIZES, settings)


def test_a_diverging_loss_stops_the_training() -> None:
    settings = SMALL.model_copy(update={"learning_rate": 1e30})

    with pytest.raises(FloatingPointError, match="learning_rate"):
        train_autoencoder(songs(), SIZES, settings)


def test_a_network_so_small_that_all_its_units_fall_silent_still_learns() -> None:
    tiny = AutoencoderSettings(hidden=(1,), dropout=0.5)

    history = train_autoencoder(
        songs(64), SIZES, SMALL.model_copy(update={"network": tiny})
    ).history

    assert np.isfinite(history["val_loss"]).all()


def test_validation_songs_are_not_fitted() -> None:
    fit, validation = split_rows(100, 0.1, seed=1)

    assert len(validation) == 10
    assert sorted([*fit, *validation]) == list(range(100))


@pytest.mark.parametrize(
    ("rows", "size"), [(50, 50), (20_000, 256), (100_000, 2048), (551_443, 4096)]
)
def test_a_batch_is_about_a_64th_of_the_catalogue(rows: int, size: int) -> None:
    assert batch_size(rows, TrainSettings()) == size


def test_entropy_is_that_of_the_shares() -> None:
    assert entropy(np.array([1, 1, 2, 2], np.int32)) == pytest.approx(np.log(2))
    assert entropy(np.array([], np.int32)) == 1.0
