"""Cleaning a bucket removes what nobody can need, and never what is live, whoever works beside it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import TypeAlias

import pytest

import songspace
from songspace.errors import NotFound
from songspace.s3 import bucket
from storage import ArtifactRef, StoreError
from storage.s3 import claims, retention
from storage.s3.store import BucketStore
from tests.buckets import objects
from tests.storage.promoting import live, publish
from tests.storage.test_retention import CLEAN_WITHOUT_END, ROOT

Build: TypeAlias = Callable[[int], str]
Keep: TypeAlias = Callable[..., ArtifactRef]
NONE = timedelta()
DAY = timedelta(days=1)


def test_the_newest_releases_stay_and_the_others_go_with_their_artifacts(
    store: BucketStore, build: Build
) -> None:
    built = [build(number) for number in range(4)]
    for release in built:
        publish(store, release)

    report = store.gc(keep_releases=2, min_age=NONE)

    assert set(report.releases) == set(built[:2])
    assert store.releases() == sorted(built[2:])
    assert len(report.artifacts) == 2
    assert report.freed_bytes > 0
    for release in built[2:]:
        store.verify_release(release)


@pytest.mark.fault
def test_what_was_begun_to_be_fetched_long_ago_goes_though_a_draft_goes_away_meanwhile(
    store: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = store._local.root
    old, young, draft = root / ".old.part", root / ".young.part", root / "draft-that-ends"
    for part in (old, young):
        part.touch()
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    draft.mkdir()
    scandir = os.scandir

    def scan(path: str | Path) -> object:
        if Path(path).name == draft.name:
            draft.rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)

    store.gc(keep_releases=1, min_age=NONE)

    assert (old.exists(), young.exists(), draft.exists()) == (False, True, False)


def test_nothing_stays_of_what_was_removed(store: BucketStore, build: Build) -> None:
    first, second, third = (build(number) for number in range(3))
    for release in (first, second, third):
        publish(store, release)
    store.verify_release(first)
    store.release_part(first, "songs")

    store.gc(keep_releases=1, min_age=NONE)

    assert not [name for name in objects(store.root) if first in name]
    assert not [path for path in store._local.root.rglob("*") if first in str(path)]


def test_what_is_young_stays(store: BucketStore, build: Build, keep: Keep) -> None:
    publish(store, build(1))
    candidate, artifact = build(2), keep({"a": b""})

    report = store.gc(keep_releases=1, min_age=DAY)

    assert report.removed == ()
    assert store.verify_release(candidate)
    assert store.verify(artifact)


def test_what_was_asked_for_lately_counts_as_young(
    store: BucketStore, keep: Keep, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, build(1))
    old, used = keep({"a": b"old"}), keep({"a": b"used"})
    written = retention.things_below

    def older(*arguments: object) -> retention.Things:
        things = written(*arguments)  # type: ignore[arg-type]
        return {
            name: [bucket.ObjectFacts(o.name, o.size, o.e_tag, o.modified - 2 * DAY) for o in found]
            for name, found in things.items()
        }

    monkeypatch.setattr(retention, "things_below", older)
    store.verify(used)

    report = store.gc(keep_releases=1, min_age=DAY)

    assert report.artifacts == (f"{old.kind}/{old.version}",)


def test_an_unreadable_release_keeps_every_artifact(
    store: BucketStore, build: Build, keep: Keep
) -> None:
    release = build(1)
    publish(store, release)
    unneeded = keep({"a": b""})
    bucket.put(store.release_folder(release) / "MANIFEST.json", b"{}")

    assert store.gc(keep_releases=1, min_age=NONE).artifacts == ()
    assert store.verify(unneeded) == unneeded


def test_nothing_is_removed_while_it_is_uncertain_what_is_live(
    store: BucketStore, build: Build
) -> None:
    for release in (build(1), build(2)):
        publish(store, release)
    bucket.put(store.root / "refs/live/0000002.json", b"")

    with pytest.raises(StoreError, match="entry 2 of the ledger"):
        store.gc(keep_releases=1, min_age=NONE)

    assert len(store.releases()) == 2


@pytest.mark.parametrize("step", ["put", "walk"])
def test_a_release_that_goes_live_while_it_is_being_removed_is_not(
    store: BucketStore, build: Build, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A rollback comes right before it is condemned, or right after: by then it has to wait."""
    first, second, third = (build(number) for number in range(3))
    for release in (first, second, third):
        publish(store, release)
    whole = getattr(bucket, step)
    outcome: list[str] = []

    def roll_back() -> None:
        try:
            outcome.append(store.rollback(to=first).release)
        except NotFound:
            outcome.append("refused")

    thread = threading.Thread(target=roll_back)

    def meddle(url: object, *arguments: object) -> object:
        if first in str(url) and ("/condemned/" in str(url) or step == "walk") and not outcome:
            monkeypatch.setattr(bucket, step, whole)
            thread.start()
            if step == "put":
                thread.join()
        return whole(url, *arguments)

    monkeypatch.setattr(bucket, step, meddle)
    monkeypatch.setattr(claims, "_LOOK_EVERY_S", 0.01)

    store.gc(keep_releases=1, min_age=NONE)
    thread.join()

    with songspace.open(str(store.root)) as opened:
        assert opened.id == live(store)
    assert outcome == [first] if step == "put" else outcome[0] in {first, "refused"}


def test_a_cleaning_that_was_killed_holds_nobody_up_for_long(
    store: BucketStore, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = build(1)
    bucket.put(store.root / "condemned/releases" / release / "killed", b"")
    monkeypatch.setattr(claims, "_PATIENCE_S", 0.1)

    with pytest.raises(
        StoreError, match=f"cleaning has been at it .*/condemned/releases/{release}"
    ):
        store.promote(release, expected=None)
    monkeypatch.setattr(claims, "SENTENCE_LASTS", NONE)

    assert store.promote(release, expected=None).release == release


@pytest.mark.fault
def test_a_cleaning_that_races_with_publishing_leaves_the_live_release_whole(
    store: BucketStore, build: Build
) -> None:
    published = 0
    command = [executable, "-c", CLEAN_WITHOUT_END, str(store.root)]
    with Popen(command, cwd=ROOT, stdout=PIPE, text=True) as cleaner:
        assert cleaner.stdout
        cleaner.stdout.readline()
        try:
            while published < 4:
                try:
                    publish(store, build(published))
                except NotFound:
                    continue
                published += 1
                songspace.open(str(store.root)).close()
                assert cleaner.poll() is None
        finally:
            cleaner.kill()

    songspace.open(str(store.root)).close()
