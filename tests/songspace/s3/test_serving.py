"""The server answers by the live release of a bucket, and follows its ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from songspace.web.following import Following
from songspace.web.live import read_live
from songspace.web.server import begin_following
from storage.s3.store import BucketStore
from tests.buckets import flip
from tests.songspace.web.serving import Server, serving
from tests.songspace.web.test_following import wait_until_served
from tests.storage.promoting import publish
from tests.variables import KEYS


@pytest.fixture
def server(store: BucketStore, second: str, tmp_path: Path) -> Iterator[Server]:
    """A server of the store."""
    del second
    names = (*KEYS, "AWS_ENDPOINT_URL", "XDG_CACHE_HOME")
    environment = {name: os.environ[name] for name in names}
    with serving(store.root, tmp_path / "log", environment=environment) as server:
        yield server


def test_the_server_answers_and_follows_a_publication_and_a_rollback(
    store: BucketStore, server: Server, first: str, second: str
) -> None:
    before = server.post("/recommend", {}).json()

    publish(store, second)
    wait_until_served(server, second)
    after = server.post("/recommend", {}).json()
    store.rollback()
    wait_until_served(server, first)

    assert (before["release"], after["release"]) == (first, second)
    assert server.post("/recommend", {}).json() == before


@pytest.mark.fault
def test_a_damaged_release_is_not_taken_up(store: BucketStore, first: str, second: str) -> None:
    following = begin_following(str(store.root))
    publish(store, second)
    flip(store.release_folder(second) / "latents/part-0.parquet")

    following.take_up()

    assert following.offer.release == first
    assert following.standing.trouble == f"{second} could not be read: the log says why."


@pytest.mark.fault
def test_a_bucket_that_cannot_be_reached_leaves_the_server_serving(
    store: BucketStore, first: str, second: str, monkeypatch: pytest.MonkeyPatch, s3_server: str
) -> None:
    following = begin_following(str(store.root))
    publish(store, second)

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    following.take_up()
    away = following.offer.release
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    following.take_up()

    assert (away, following.offer.release) == (first, second)


def test_a_release_given_by_its_own_place_is_served_whatever_goes_live(
    store: BucketStore, first: str, second: str
) -> None:
    place = store.release_folder(first)
    following = Following(place, read_live(place))
    publish(store, second)

    following.take_up()

    assert following.offer.release == first
