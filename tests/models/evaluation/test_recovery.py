"""How much of a hidden field a network gets back."""

import keras
import numpy as np
import pytest

from models.autoencoder import CategorySizes, build_autoencoder
from models.evaluation.recovery import (
    BATCH,
    log_likelihood,
    predict_hidden_numbers,
    recovered_fields,
)
from models.masked import train_masked
from models.original import build_original
from models.training_settings import MaskSettings, NetworkSettings, TrainSettings
from songspace.inputs import Inputs
from songspace.schemas import NUMERIC

SIZES = CategorySizes(artist=4, genre=3, emotion=3)
ROWS = BATCH + 40


@pytest.fixture(scope="module")
def songs() -> Inputs:
    """Songs of two genres, which tempo and popularity tell apart; the emotion follows from nothing."""
    drawn = np.random.default_rng(1)
    kind = drawn.integers(0, 2, ROWS)
    numeric = np.zeros((ROWS, 17), np.float32)
    numeric[:, :2] = (2 * kind - 1)[:, None] + 0.1 * drawn.standard_normal((ROWS, 2))
    genre = np.zeros((ROWS, 4), np.int32)
    genre[:, 0] = kind + 1
    artist = np.where(kind, drawn.integers(2, 4, ROWS), 1).astype(np.int32)
    return Inputs(numeric, artist, genre, drawn.integers(1, 3, ROWS, np.int32))


@pytest.fixture(scope="module")
def trained(songs: Inputs) -> keras.Model:
    settings = TrainSettings(
        epochs=40,
        batch_size=64,
        network=NetworkSettings(hidden=(32,), decoder=(32,)),
        masks=MaskSettings(genre=0.5, artist=0.5, emotion=0.5, numeric=0.3),
    )
    return train_masked(songs, np.zeros(ROWS, np.bool_), SIZES, settings).autoencoder


def test_a_field_that_follows_from_the_others_is_recovered(
    trained: keras.Model, songs: Inputs
) -> None:
    found = recovered_fields(trained, songs.hiding("artist"), songs, songs)

    assert found["categories"]["genre"] > 0.8  # type: ignore[operator]
    assert found["numbers"]["tempo"] > 0.8  # type: ignore[operator]


def test_a_field_that_follows_from_nothing_is_not(trained: keras.Model, songs: Inputs) -> None:
    found = recovered_fields(trained, songs.hiding("artist"), songs, songs)

    assert abs(found["categories"]["emotion"]) < 0.15  # type: ignore[arg-type]


def test_what_nobody_can_tell_is_null(trained: keras.Model, songs: Inputs) -> None:
    found = recovered_fields(trained, songs.hiding("artist"), songs, songs)

    assert found["numbers"]["energy"] is None  # all songs share it
    nobody = recovered_fields(trained, songs.take(slice(0)), songs, songs)
    assert nobody["categories"]["genre"] is None


def test_a_number_is_predicted_without_looking_at_it(trained: keras.Model, songs: Inputs) -> None:
    others = songs.numeric.copy()
    others[:, 0] = 50.0

    predicted = predict_hidden_numbers(trained, songs)
    without = predict_hidden_numbers(trained, Inputs(others, *list(songs.as_dict().values())[1:]))  # type: ignore[arg-type]

    assert NUMERIC[0] == "tempo"
    assert np.allclose(predicted[:, 0], without[:, 0], atol=1e-6)


def test_the_likelihood_is_that_of_the_hidden_id(songs: Inputs) -> None:
    network = build_autoencoder(SIZES, NetworkSettings(hidden=(8,), decoder=(8,)), seed=1)
    outputs = network(songs.hiding("genre").as_dict())

    found = log_likelihood(network, songs, "genre")

    logits = outputs["genre"].numpy()
    expected = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    assert np.allclose(found[:, 0], expected[np.arange(ROWS), songs.genre[:, 0]], atol=1e-5)


def test_of_a_network_without_heads_nothing_can_be_told(songs: Inputs) -> None:
    original, _, _ = build_original(songs, SIZES, seed=1)

    found = recovered_fields(original, songs, songs, songs)

    assert set(found["categories"].values()) == set(found["numbers"].values()) == {None}
