"""What the network makes of its inputs, before any training."""

import random
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.autoencoder import CategorySizes, Seeded, build_autoencoder, build_encoder
from models.training_settings import NetworkSettings

SIZES = CategorySizes(artist=7, genre=6, emotion=5)


@pytest.fixture(scope="module")
def encoder() -> keras.Model:
    return build_encoder(SIZES, NetworkSettings(hidden=(32,)), Seeded(1))


def batch(**fields: Any) -> dict[str, Any]:
    """A song whose other fields are average or unknown."""
    song = {"numeric": [0.0] * 17, "artist": 0, "genre": [0] * 4, "emotion": 0} | fields
    dtypes = {"numeric": np.float32}
    return {name: np.array([song[name]], dtypes.get(name, np.int32)) for name in song}


def latent(encoder: keras.Model, **fields: Any) -> Any:
    """The latent of a song whose other fields are average or unknown."""
    return encoder(batch(**fields)).numpy()[0]


def test_an_unknown_number_is_not_an_average_one(encoder: keras.Model) -> None:
    average = latent(encoder)

    unknown = latent(encoder, numeric=[float("nan")] + [0.0] * 16)

    assert np.abs(unknown - average).max() > 0.01


def test_a_song_lies_between_its_tags_however_many_they_are(encoder: keras.Model) -> None:
    one = latent(encoder, genre=[3, 0, 0, 0])

    assert latent(encoder, genre=[3, 3, 0, 0]) == pytest.approx(one, abs=1e-6)
    assert np.abs(latent(encoder, genre=[3, 2, 0, 0]) - one).max() > 1e-3


@pytest.mark.parametrize("field", ["artist", "emotion"])
def test_a_category_moves_a_song(encoder: keras.Model, field: str) -> None:
    assert np.abs(latent(encoder, **{field: 3}) - latent(encoder)).max() > 1e-3


def test_a_latent_is_a_direction_in_twenty_dimensions(encoder: keras.Model) -> None:
    place = latent(encoder, numeric=[9.0] * 17)

    assert place.shape == (20,)
    assert np.linalg.norm(place) == pytest.approx(1, abs=1e-6)


def test_every_field_has_a_head_and_meditation_two_logits() -> None:
    autoencoder = build_autoencoder(SIZES, NetworkSettings(hidden=(8,), decoder=(8,)))

    widths = {name: output.shape[1] for name, output in autoencoder(batch()).items()}

    numbers = {"latent": 20, "continuous": 9, "flags": 7 + 2}
    assert widths == numbers | {"artist": 7, "genre": 6, "emotion": 5}


def test_the_latent_of_the_network_is_that_of_its_encoder() -> None:
    autoencoder = build_autoencoder(SIZES, NetworkSettings(hidden=(8,), decoder=(8,)))
    song = batch(numeric=[1.0] * 17, artist=2)

    outputs = autoencoder(song)

    alone = autoencoder.get_layer("encoder")(song)
    assert np.array_equal(outputs["latent"], alone)


def test_the_category_heads_see_the_latent_at_the_length_of_the_settings() -> None:
    settings = NetworkSettings(hidden=(8,), decoder=(8,), category_scale=3.0)
    autoencoder = build_autoencoder(SIZES, settings)
    kernel = autoencoder.get_layer("emotion_head").kernel.numpy()

    outputs = autoencoder(batch())

    expected = 3 * outputs["latent"].numpy() @ kernel
    assert outputs["emotion"].numpy() == pytest.approx(expected, abs=1e-5)


def test_one_seed_gives_the_same_first_weights_whatever_else_draws_numbers() -> None:
    settings = NetworkSettings(hidden=(8,), decoder=(8,))
    one = build_autoencoder(SIZES, settings, seed=1).get_weights()

    random.random()  # as Prefect's threads draw from Python's generator
    same = build_autoencoder(SIZES, settings, seed=1).get_weights()
    other = build_autoencoder(SIZES, settings, seed=2).get_weights()

    assert all(map(np.array_equal, one, same))
    assert not all(map(np.array_equal, one, other))


def test_a_network_all_of_whose_units_are_silent_still_learns() -> None:
    """As a step computes its gradients, by XLA: there nought has no direction, and the way from it is no number."""
    encoder = build_encoder(SIZES, NetworkSettings(hidden=(8,)), Seeded(1))
    silent = encoder.get_layer("encoder_0")
    silent.set_weights([np.zeros(silent.kernel.shape), np.full(8, -1.0)])

    def changes() -> Any:
        with tf.GradientTape() as tape:
            place = encoder(batch())
        return tape.gradient(place, encoder.get_layer("latent").weights)

    by_xla = tf.function(changes, jit_compile=True)()
    assert all(np.isfinite(change).all() for change in by_xla)
