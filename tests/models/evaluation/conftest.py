"""A small catalogue with genres that can be heard, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from models.encoder import EncodeSettings, fit_encoder
from models.evaluation.data import EvaluationData, evaluation_data
from models.evaluation.settings import EvaluationSettings

GENRES = ("pop", "rock", "jazz")
EMOTIONS = ("joy", "sadness")

Catalogue = Callable[..., EvaluationData]


@pytest.fixture
def catalogue(make_songs: Callable[..., pl.DataFrame]) -> Catalogue:
    """A function that makes a catalogue of some artists, each with five songs of one genre."""

    def make(artists: int = 120, **settings: float) -> EvaluationData:
        random = np.random.default_rng(0)
        genre = np.repeat(np.arange(artists) % 3, 5)
        songs = make_songs(
            artists=[[f"Artist {number // 5}"] for number in range(5 * artists)],
            genres=[[GENRES[number]] for number in genre],
            emotion=[EMOTIONS[number] for number in random.integers(0, 2, 5 * artists)],
            energy=(20 + 30 * genre + random.integers(-9, 10, 5 * artists)).tolist(),
            danceability=random.integers(0, 100, 5 * artists).tolist(),
            popularity=random.integers(0, 100, 5 * artists).tolist(),
            length_s=(200 + 10 * genre).tolist(),
            key=["C Maj"] * (5 * artists),
        )
        features = fit_encoder(songs.lazy(), EncodeSettings(), None).encode(songs.lazy()).collect()
        return evaluation_data(songs, features, EvaluationSettings(**settings))

    return make
