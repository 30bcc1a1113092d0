"""A small release and its recommender, read once for all tests."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import songspace
from songspace import Recommender
from songspace.inputs import Floats
from tests.songspace.recommender.small_catalogue import encoder, publish, small_catalogue


@pytest.fixture(scope="session")
def songs() -> pl.DataFrame:
    """All songs of the release, in its order."""
    return small_catalogue()


@pytest.fixture(scope="session")
def latents(songs: pl.DataFrame) -> Floats:
    """Where they lie."""
    return encoder()(songs)


@pytest.fixture(scope="session")
def root(songs: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose live release holds the songs, each fourth of them on the map."""
    ids = songs["song_id"].to_list()
    points = {song_id: (float(place), -float(place)) for place, song_id in enumerate(ids[::4])}
    return publish(tmp_path_factory.mktemp("recommender") / "store", songs, points)


@pytest.fixture(scope="session")
def recommender(root: Path) -> Recommender:
    """The recommender of that release."""
    with songspace.open(root) as release:
        return release.recommender
