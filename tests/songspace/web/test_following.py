"""The server answers by the release that is live, whichever that becomes while it runs."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import songspace
from songspace.web.following import Following
from songspace.web.live import read_live
from songspace.web.server import begin_following
from storage import Store
from storage.disk import let_go, remove_tree, try_lock_folder
from tests.songspace.web.catalogue import build
from tests.songspace.web.serving import Server, serving


@pytest.fixture
def first(own_store: Store) -> str:
    """The release that is live at first."""
    return live(own_store)


@pytest.fixture
def second(own_store: Store) -> str:
    """Another one, not live yet."""
    return build(own_store, seed=2)


@pytest.fixture
def own_server(own_store: Store, second: str, tmp_path: Path) -> Iterator[Server]:
    """A server of the store."""
    del second  # building takes time that the server need not wait
    with serving(own_store.root, tmp_path / "log") as server:
        yield server


def live(store: Store) -> str:
    """The release that the ledger says is live."""
    head = store.head()
    assert head is not None
    return head.release


def wait_until_served(server: Server, release: str) -> None:
    """Ask until the server answers by *release*."""
    while server.get("/health").json()["release"] != release:
        assert server.process.poll() is None, server.log.read_text()
        time.sleep(0.05)


def test_a_release_that_goes_live_is_served_without_a_restart(
    own_store: Store, own_server: Server, first: str, second: str
) -> None:
    before = own_server.post("/recommend", {}).json()

    own_store.promote(second, expected=1)
    wait_until_served(own_server, second)

    after = own_server.post("/recommend", {}).json()
    assert (before["release"], after["release"]) == (first, second)
    assert before["data"] != after["data"]


def test_a_rollback_is_followed_likewise(
    own_store: Store, own_server: Server, first: str, second: str
) -> None:
    before = own_server.post("/recommend", {}).json()
    own_store.promote(second, expected=1)
    wait_until_served(own_server, second)

    own_store.rollback()
    wait_until_served(own_server, first)

    assert own_server.post("/recommend", {}).json() == before


def test_all_that_is_answered_goes_over_together(
    own_store: Store, own_server: Server, second: str
) -> None:
    own_store.promote(second, expected=1)

    wait_until_served(own_server, second)

    paths = ("/map", "/options", "/songs?q=song")
    assert {own_server.get(path).json()["release"] for path in paths} == {second}


def test_every_answer_during_a_change_is_of_one_release_as_a_whole(
    own_store: Store, own_server: Server, first: str, second: str
) -> None:
    ids = {release: song_ids(own_store, release) for release in (first, second)}
    enough = threading.Event()
    releases: list[set[str]] = [set() for _ in range(4)]
    asked = [0] * 4

    def ask(client_number: int, path: str, songs_of: Callable[[Any], set[str]]) -> None:
        with httpx.Client(base_url=own_server.url, timeout=60) as client:
            while not enough.is_set():
                answer = (
                    client.post(path, json={"n": 50}) if path == "/recommend" else client.get(path)
                )
                assert answer.status_code == 200, answer.text
                told = answer.json()
                assert songs_of(told) <= ids[told["release"]]
                releases[client_number].add(told["release"])
                asked[client_number] += 1

    def wait(is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not is_so() and time.monotonic() < until and not any(one.done() for one in running):
            time.sleep(0.01)

    with ThreadPoolExecutor(4) as threads:
        running = [
            threads.submit(ask, 0, "/recommend", listed),
            threads.submit(ask, 1, "/recommend", listed),
            threads.submit(ask, 2, "/map", drawn),
            threads.submit(ask, 3, "/songs?q=song&limit=50", found),
        ]
        try:
            wait(lambda: all(seen == {first} for seen in releases))
            own_store.promote(second, expected=1)
            wait(lambda: all(seen == {first, second} for seen in releases))
            own_store.rollback()
            wait_until_served(own_server, first)
            wait(lambda: min(asked) > 10)
        finally:
            enough.set()
        for one in running:
            one.result()

    assert releases == [{first, second}] * 4
    assert min(asked) > 10


def song_ids(store: Store, release: str) -> set[str]:
    """The ids of the songs of a release."""
    with songspace.open(store.root / "releases" / release) as opened:
        return {str(one) for one in opened.songs.select("song_id").collect()["song_id"]}


def listed(answer: Any) -> set[str]:
    """The songs of a list."""
    return {item["song"]["song_id"] for item in answer["data"]}


def drawn(answer: Any) -> set[str]:
    """The songs of a map."""
    return set(answer["song_id"])


def found(answer: Any) -> set[str]:
    """The songs of a search."""
    return {song["song_id"] for song in answer["songs"]}


def test_a_release_given_by_its_folder_is_served_whatever_goes_live(
    own_store: Store, first: str, second: str
) -> None:
    folder = own_store.root / "releases" / first
    following = Following(folder, read_live(folder))
    own_store.promote(second, expected=1)

    following.take_up()

    assert following.offer.release == first
    assert following.standing.trouble is None


def test_the_files_of_the_release_that_is_served_are_not_held(
    own_store: Store, own_server: Server, first: str
) -> None:
    before = own_server.post("/recommend", {"n": 100}).json()
    folder = own_store.root / "releases" / first

    lock = try_lock_folder(folder)

    assert lock is not None
    let_go(lock)
    remove_tree(folder)
    assert own_server.post("/recommend", {"n": 100}).json() == before


def test_a_release_that_is_served_no_more_is_let_go_of(own_store: Store) -> None:
    """Not when Python looks for what nobody holds, but at once: it is 230 MB of a full catalogue."""
    following = begin_following(own_store.root)
    first = weakref.ref(following.offer)
    head = own_store.head()
    assert head

    own_store.promote(build(own_store, seed=2), expected=head.sequence)
    gc.disable()
    following.take_up()
    gone = first() is None
    gc.enable()

    assert following.offer.release != head.release
    assert gone


def test_a_damaged_entry_of_the_ledger_is_warned_of_once(
    own_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    following = begin_following(own_store.root)
    (own_store.root / "refs" / "live" / "0000002.json").write_text("{}")

    for _ in range(3):
        following.take_up()

    assert following.offer.release == live(own_store)
    assert caplog.text.count("skipped a ledger entry") <= 2  # our own look in this test is one
    assert "skipped a ledger entry" in caplog.text
