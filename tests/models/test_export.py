"""The encoder without Keras places songs as Keras does."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.autoencoder import CategorySizes, Seeded, build_autoencoder, build_encoder
from models.export import network_of
from models.inference import keras_latents
from models.saving import save_network
from models.training_settings import NetworkSettings
from songspace.inputs import Inputs
from songspace.network import Network

SIZES = CategorySizes(artist=300, genre=40, emotion=7)
ROWS = 10_000


def keras_encoder(**settings: Any) -> keras.Model:
    """An encoder whose weights, its biases too, are as large as trained ones."""
    encoder = build_encoder(SIZES, NetworkSettings(**settings), Seeded(5))
    drawn = np.random.default_rng(5)
    encoder.set_weights([0.3 * drawn.standard_normal(w.shape) for w in encoder.get_weights()])
    return encoder


@pytest.fixture(scope="module")
def songs() -> Inputs:
    """Songs whose fields are missing at random; of the first hundred nothing is known."""
    drawn = np.random.default_rng(6)
    numeric = drawn.standard_normal((ROWS, 17), np.float32)
    numeric[drawn.random((ROWS, 17)) < 0.2] = np.nan
    inputs = Inputs(
        numeric=numeric,
        artist=drawn.integers(0, SIZES.artist, ROWS, np.int32),
        genre=drawn.integers(0, SIZES.genre, (ROWS, 4), np.int32),
        emotion=drawn.integers(0, SIZES.emotion, ROWS, np.int32),
    )
    inputs.genre[drawn.random((ROWS, 4)) < 0.5] = 0
    inputs.artist[drawn.random(ROWS) < 0.5] = 0
    inputs.emotion[drawn.random(ROWS) < 0.5] = 0
    for array, unknown in zip(inputs.as_dict().values(), (np.nan, 0, 0, 0), strict=True):
        array[:100] = unknown
    return inputs


@pytest.mark.parametrize("hidden", [(128,), (64, 32), (8, 16, 24)])
def test_both_encoders_agree(songs: Inputs, hidden: tuple[int, ...]) -> None:
    encoder = keras_encoder(hidden=hidden)

    latents = network_of(encoder)(songs)

    assert np.abs(latents - encoder(songs.as_dict()).numpy()).max() < 1e-5


def test_saved_encoders_agree_too(songs: Inputs, tmp_path: Path) -> None:
    encoder = keras_encoder(hidden=(16,))
    save_network(encoder, tmp_path / "encoder.keras")
    network_of(encoder).save(tmp_path / "encoder.safetensors")

    latents = keras_latents(tmp_path / "encoder.keras", songs)

    assert np.abs(latents - encoder(songs.as_dict()).numpy()).max() < 1e-6
    assert np.abs(latents - Network.load(tmp_path / "encoder.safetensors")(songs)).max() < 1e-5


def test_keras_places_a_song_alike_in_any_batch(
    songs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_network(keras_encoder(hidden=(16,)), tmp_path / "encoder.keras")
    whole = keras_latents(tmp_path / "encoder.keras", songs)

    monkeypatch.setattr("models.inference.BATCH", 300)

    assert keras_latents(tmp_path / "encoder.keras", songs) == pytest.approx(whole, abs=1e-6)


def test_the_encoder_within_an_autoencoder_is_read_too(songs: Inputs) -> None:
    autoencoder = build_autoencoder(SIZES, NetworkSettings(hidden=(16,)), seed=1)

    latents = network_of(autoencoder.get_layer("encoder"))(songs)

    expected = autoencoder(songs.as_dict())["latent"].numpy()
    assert np.abs(latents - expected).max() < 1e-5


def test_an_encoder_with_another_layer_is_refused() -> None:
    inner = keras_encoder(hidden=(16,))
    latent = keras.layers.Dense(20, name="turn")(inner.output)
    encoder = keras.Model(inner.input, latent)

    with pytest.raises(ValueError, match=r"Expected the layers .*encoder_1.* Received: .*turn"):
        network_of(encoder)
