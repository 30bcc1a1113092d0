"""What the encoder makes of its inputs, before any training."""

from typing import Any

import keras
import numpy as np
import pytest

from models.autoencoder import CategorySizes, Seeded, build_encoder
from models.training_settings import NetworkSettings


@pytest.fixture(scope="module")
def encoder() -> keras.Model:
    sizes = CategorySizes(artist=5, genre=5, emotion=5)
    return build_encoder(sizes, NetworkSettings(hidden=(32,)), Seeded(1))


def latent(encoder: keras.Model, **fields: Any) -> Any:
    """The latent of a song whose other fields are average or unknown."""
    song = {"numeric": [0.0] * 17, "artist": 0, "genre": [0] * 4, "emotion": 0} | fields
    dtypes = {"numeric": np.float32}
    batch = {name: np.array([song[name]], dtypes.get(name, np.int32)) for name in song}
    return encoder(batch).numpy()[0]


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
