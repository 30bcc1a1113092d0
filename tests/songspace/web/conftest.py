"""One small release, and one server of it for all tests that change nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import songspace
from songspace.recommender import Recommender
from storage import Store
from tests.songspace.web.catalogue import build
from tests.songspace.web.serving import Server, serving


@pytest.fixture(scope="session")
def songs_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one live release, to be served; to be copied, not to be changed."""
    store = Store.open(tmp_path_factory.mktemp("songs") / "store")
    store.promote(build(store), expected=None)
    return store.root


@pytest.fixture
def own_store(songs_store: Path, tmp_path: Path) -> Store:
    """A copy of it."""
    shutil.copytree(songs_store, tmp_path / "own", symlinks=True)
    return Store.open(tmp_path / "own")


@pytest.fixture(scope="session")
def server(songs_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the live release of that store."""
    with serving(songs_store, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@pytest.fixture(scope="session")
def recommender(songs_store: Path) -> Recommender:
    """The library's own answers out of the same release."""
    with songspace.open(songs_store) as release:
        return release.recommender


@pytest.fixture(scope="session")
def some_songs(recommender: Recommender) -> list[str]:
    """The ids of some songs of the release, as they stand in JSON."""
    return [str(one) for one in recommender.catalogue.shown["song_id"].head(40).to_list()]


@pytest.fixture(scope="session")
def a_song(some_songs: list[str]) -> str:
    """The id of one of them."""
    return some_songs[0]
