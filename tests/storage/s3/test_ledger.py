"""Of two who move the ledger in a bucket one does, whatever the server answers."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import PIPE, Popen
from sys import executable
from typing import TypeAlias

import pytest

import songspace
from songspace.s3 import bucket
from storage import Conflict, StoreError
from storage.s3.store import BucketStore
from tests.buckets import flip, objects
from tests.faulty_server import Fault, Faulty
from tests.storage.promoting import live, publish
from tests.storage.test_ledger import PROMOTE_ON_SIGNAL, ROOT, race

Build: TypeAlias = Callable[[int], str]

ENTRY = "/refs/live/0000001.json"


def test_an_entry_that_landed_although_the_server_said_500_counts(
    store: BucketStore, build: Build, faulty: Faulty
) -> None:
    release = build(1)
    faulty.faults = [Fault("PUT", ENTRY, 500, times=1, applied=True)]

    entry = store.promote(release, expected=None)

    assert store.history() == [entry]


def test_an_entry_that_landed_before_the_server_went_away_for_long_counts(
    store: BucketStore, build: Build, faulty: Faulty
) -> None:
    release = build(1)
    faulty.faults = [
        Fault("PUT", ENTRY, 500, times=1, applied=True),
        Fault("PUT", ENTRY, 503),
    ]

    entry = store.promote(release, expected=None)

    assert store.history() == [entry]


@pytest.mark.parametrize("status", [409, 412])
def test_an_entry_that_was_refused_and_is_not_there_is_tried_again(
    store: BucketStore, build: Build, faulty: Faulty, status: int
) -> None:
    release = build(1)
    faulty.faults = [Fault("PUT", ENTRY, status, times=1)]

    entry = store.promote(release, expected=None)

    assert store.history() == [entry]


@pytest.mark.parametrize("status", [409, 412])
def test_who_is_refused_since_another_was_faster_has_lost(
    store: BucketStore, build: Build, faulty: Faulty, s3_server: str, status: int
) -> None:
    ours, theirs = build(1), build(2)

    def land() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", s3_server)
            publish(store, theirs)

    faulty.faults = [Fault("PUT", ENTRY, status, times=1, before=land)]

    with pytest.raises(Conflict, match=f"found entry 1: publish of {theirs}"):
        store.promote(ours, expected=None)

    assert live(store) == theirs


def test_a_server_that_is_busy_for_a_moment_is_asked_again(
    store: BucketStore, build: Build, faulty: Faulty
) -> None:
    release = build(1)
    faulty.faults = [Fault("PUT", ENTRY, 503, times=3), Fault("GET", "", 503, times=2)]

    assert store.promote(release, expected=None).sequence == 1


@pytest.mark.fault
def test_a_server_that_stays_busy_is_told_and_nothing_went_live(
    store: BucketStore, build: Build, faulty: Faulty
) -> None:
    release = build(1)
    faulty.faults = [Fault("PUT", ENTRY, 503)]

    with pytest.raises(StoreError, match=f"promote {release} .* answered 503 SlowDown.* try later"):
        store.promote(release, expected=None)

    assert store.head() is None
    assert objects(store._layout.claims) == []


def test_a_damaged_release_never_goes_live(store: BucketStore, build: Build) -> None:
    release = build(1)
    flip(store.release_folder(release) / "songs/part-0.parquet")

    with pytest.raises(songspace.Damaged, match=r"songs/part-0\.parquet has sha256"):
        store.promote(release, expected=None)

    assert store.head() is None


def test_a_damaged_entry_is_skipped_and_its_number_stays_taken(
    store: BucketStore, build: Build
) -> None:
    first, second = build(1), build(2)
    publish(store, first)
    publish(store, second)
    bucket.put(store.root / "refs/live/0000002.json", b"")

    assert live(store) == first
    assert store.promote(second, expected=1).sequence == 3


def test_a_rollback_to_a_release_that_was_removed_says_so(store: BucketStore, build: Build) -> None:
    first, second = build(1), build(2)
    for release in (first, second):
        publish(store, release)
    bucket.remove([store.release_folder(first) / "MANIFEST.json"])

    with pytest.raises(songspace.NotFound, match=f"{first} was removed"):
        store.rollback()


@pytest.mark.fault
def test_of_racing_promoters_exactly_one_wins_each_number(store: BucketStore, build: Build) -> None:
    rounds, racers = 5, 2
    release = build(1)
    processes = [
        Popen(
            [
                executable,
                "-c",
                PROMOTE_ON_SIGNAL,
                str(store.root),
                release,
                str(rounds),
                str(racer),
            ],
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
            text=True,
            bufsize=1,
        )
        for racer in range(racers)
    ]

    outcomes = [race(processes) for _ in range(rounds)]
    for process in processes:
        process.communicate()

    assert outcomes == [
        sorted([f"won {number}", f"lost to {number}"]) for number in range(1, rounds + 1)
    ]
    assert [entry.sequence for entry in store.history()] == list(range(1, rounds + 1))
