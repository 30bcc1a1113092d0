"""Cleaning removes what nobody can need, and nothing else."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import TypeAlias

import polars as pl
import pytest

import songspace
from songspace.ledger import sequences
from storage import ArtifactRef, Store, StoreError, retention
from storage.layout import Layout
from storage.retention import Cleaning
from tests.storage.both import BOTH

Build: TypeAlias = Callable[[int], str]
Keep: TypeAlias = Callable[..., ArtifactRef]

ROOT = Path(__file__).parents[2]
NONE = timedelta()
DAY = timedelta(days=1)


def publish(store: Store, release: str) -> None:
    head = store.head()
    store.promote(release, expected=head.sequence if head else None)


def age(store: Store, days: float) -> None:
    """Make all that is in the store so much older."""
    for folder in (*store.root.glob("releases/*"), *store.root.glob("artifacts/*/*")):
        then = folder.stat().st_mtime - days * 86_400
        os.utime(folder, (then, then))


def releases(store: Store) -> set[str]:
    return {path.name for path in (store.root / "releases").iterdir()}


def test_the_newest_releases_stay_and_the_others_go_with_their_artifacts(
    store: Store, build: Build
) -> None:
    built = [build(number) for number in range(5)]
    for release in built:
        publish(store, release)

    report = store.gc(keep_releases=3, min_age=NONE)

    assert set(report.releases) == set(built[:2])
    assert releases(store) == set(built[2:])
    assert len(report.artifacts) == 2
    assert len(list(store.root.glob("artifacts/songs/*"))) == 3
    assert report.freed_bytes > 0
    for release in built[2:]:
        store.verify_release(release)


@pytest.mark.parametrize("earlier", [0, 1, 2])
def test_a_release_that_goes_live_while_the_ledger_is_read_is_kept(
    store: Store, build: Build, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    for number in range(earlier):
        publish(store, build(number))
    late = build(earlier)

    def list_and_publish(root: Path) -> list[int]:
        monkeypatch.undo()
        found = sequences(root)
        publish(store, late)
        return found

    monkeypatch.setattr(retention, "sequences", list_and_publish)

    assert late in store.kept_releases(1)


def test_the_live_and_the_rollbacks_target_stay_even_if_none_is_to_be_kept(
    store: Store, build: Build
) -> None:
    first, second, third, fourth = (build(number) for number in range(4))
    for release in (first, second, third, fourth):
        publish(store, release)
    store.rollback()
    age(store, days=400)

    store.gc(keep_releases=0, min_age=NONE)

    assert releases(store) == {second, third, fourth}  # live before, live, and what was live last
    assert store.rollback().release == second


@pytest.mark.fault
def test_what_goes_is_decided_by_the_ledger_not_by_the_clock(store: Store, build: Build) -> None:
    first, second, third = (build(number) for number in range(3))
    for release in (third, second, first):  # built in the other order
        publish(store, release)

    store.gc(keep_releases=2, min_age=NONE)

    assert releases(store) == {first, second}


def test_a_candidate_stays_while_it_is_young(store: Store, build: Build) -> None:
    live, candidate = build(1), build(2)
    publish(store, live)

    store.gc(keep_releases=1, min_age=DAY)
    while_young = releases(store)
    age(store, days=2)
    store.gc(keep_releases=1, min_age=DAY)

    assert while_young == {live, candidate}
    assert releases(store) == {live}


def test_a_release_that_was_forced_is_kept_like_any_that_went_live(
    store: Store, build: Build
) -> None:
    first, forced, third = build(1), build(2), build(3)
    publish(store, first)
    store.promote(forced, expected=1, action="force", reason="a trial", by="Ann")
    publish(store, third)
    age(store, days=400)

    store.gc(keep_releases=2, min_age=NONE)

    assert releases(store) == {forced, third}
    assert store.rollback().release == forced


@pytest.mark.fault
def test_with_the_clock_set_back_everything_counts_as_young(store: Store, build: Build) -> None:
    live, candidate = build(1), build(2)
    publish(store, live)
    age(store, days=-3)

    report = store.gc(keep_releases=1, min_age=NONE)

    assert (report.releases, report.artifacts) == ((), ())
    assert releases(store) == {live, candidate}


@pytest.mark.fault
def test_a_release_that_a_reader_has_open_stays_until_it_is_closed(
    store: Store, build: Build
) -> None:
    first, second, third = build(1), build(2), build(3)
    publish(store, first)
    with songspace.open(store.root) as held:
        publish(store, second)
        publish(store, third)

        report = store.gc(keep_releases=1, min_age=NONE)

        assert report.held == (first,)
        assert held.path.is_dir()
    assert store.gc(keep_releases=1, min_age=NONE).releases == (first,)


@pytest.mark.fault
def test_a_frame_kept_after_closing_is_an_error_not_another_releases_rows(store: Store) -> None:
    def build(number: int) -> str:
        with store.draft() as draft:
            (draft / "songs").mkdir()
            pl.DataFrame({"a": [number] * 10}).write_parquet(draft / "songs/part-0.parquet")
            songs = store.commit(draft, "songs", recipe={})
        return store.build_release({"songs": (songs, "songs")}, meta={})

    publish(store, build(1))
    with songspace.open(store.root) as release:
        held = release.songs
        held.collect_schema()
        publish(store, build(2))
        publish(store, build(3))
        store.gc(keep_releases=1, min_age=NONE)
        assert held.collect()["a"].to_list() == [1] * 10

    store.gc(keep_releases=1, min_age=NONE)

    with pytest.raises(FileNotFoundError):
        held.collect()


@BOTH
def test_artifacts_that_a_release_only_mentions_stay(store: Store, keep: Keep) -> None:
    songs = keep({"songs/part-0.parquet": b""})
    mentioned, other = keep({"a": b"1"}, kind="features"), keep({"a": b"2"}, kind="features")
    release = store.build_release(
        {"songs": (songs, "songs")}, meta={"artifacts": {"features": mentioned.model_dump()}}
    )
    publish(store, release)

    report = store.gc(keep_releases=1, min_age=NONE)

    assert report.artifacts == (f"features/{other.version}",)
    assert store.verify(mentioned) == mentioned


def test_a_verified_or_recommitted_artifact_is_young_again(store: Store, keep: Keep) -> None:
    verified, again, old = (keep({"a": content}) for content in (b"1", b"2", b"3"))
    age(store, days=30)
    store.verify(verified)
    assert keep({"a": b"2"}) == again

    report = store.gc(keep_releases=1, min_age=DAY)

    assert report.artifacts == (f"songs/{old.version}",)


def test_a_draft_in_work_and_the_artifact_it_just_became_stay(store: Store) -> None:
    with store.draft() as draft, store.draft() as waiting:
        (draft / "a").touch()
        ref = store.commit(draft, "songs", recipe={})

        report = store.gc(keep_releases=1, min_age=NONE)

        assert report.held == (f"songs/{ref.version}",)
        assert report.drafts == ()
        assert waiting.is_dir()
        assert store.verify(ref) == ref


def test_what_stands_in_quarantine_goes_when_it_is_old(store: Store) -> None:
    (store.root / "quarantine" / "songs-x").mkdir()
    (store.root / "quarantine" / "notes.txt").touch()  # somebody's own

    assert store.gc(keep_releases=1, min_age=DAY).quarantined == ()
    report = store.gc(keep_releases=1, min_age=NONE)

    assert (report.quarantined, report.held) == (("songs-x",), ())
    assert [path.name for path in (store.root / "quarantine").iterdir()] == ["notes.txt"]


@pytest.mark.fault
@pytest.mark.parametrize("lost", [False, True])
def test_an_empty_ledger_removes_no_release_and_nothing_that_one_needs(
    store: Store, build: Build, keep: Keep, lost: bool
) -> None:
    built, unneeded = {build(1), build(2)}, keep({"a": b""})
    if lost:
        for release in built:
            publish(store, release)
        shutil.rmtree(store.root / "refs" / "live")
        (store.root / "refs" / "live").mkdir()

    report = store.gc(keep_releases=1, min_age=NONE)

    assert report.releases == ()
    assert report.artifacts == (f"songs/{unneeded.version}",)
    for release in built:
        store.verify_release(release)


def test_a_candidate_that_was_built_again_is_young_again(store: Store, build: Build) -> None:
    publish(store, build(1))
    candidate = build(2)
    age(store, days=30)
    assert build(2) == candidate

    assert store.gc(keep_releases=1, min_age=DAY).releases == ()


@pytest.mark.fault
def test_an_unreadable_release_keeps_every_artifact(store: Store, build: Build, keep: Keep) -> None:
    live = build(1)
    publish(store, live)
    unneeded = keep({"a": b""})
    (store.root / "releases" / live / "MANIFEST.json").unlink()

    report = store.gc(keep_releases=1, min_age=NONE)

    assert report.artifacts == ()
    assert store.verify(unneeded) == unneeded


@pytest.mark.fault
def test_nothing_is_removed_while_it_is_uncertain_what_is_live(store: Store, build: Build) -> None:
    built = {build(1), build(2)}
    for release in sorted(built):
        publish(store, release)
    (store.root / "refs" / "live" / "0000002.json").write_bytes(b"")

    with pytest.raises(StoreError, match="entry 2 of the ledger"):
        store.gc(keep_releases=1, min_age=NONE)

    assert releases(store) == built


def test_unfinished_work_that_is_finished_during_the_cleaning_is_passed_over(store: Store) -> None:
    layout = Layout(store.root)
    cleaning = Cleaning(layout, time.time())

    assert cleaning.remove([layout.unfinished / "finished since it was listed"], ()) == []


@BOTH
def test_negative_limits_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="limits from 0"):
        store.gc(keep_releases=-1, min_age=NONE)
    with pytest.raises(ValueError, match="limits from 0"):
        store.gc(keep_releases=1, min_age=-DAY)


CLEAN_WITHOUT_END = """
import sys
import time
from datetime import timedelta
from storage import Store
store = Store.open(sys.argv[1])
pause = 0.02
print("ready", flush=True)
while True:
    store.gc(keep_releases=1, min_age=timedelta())
    time.sleep(pause)
    pause *= 1.02  # so that whoever publishes gets there on the slowest disk
"""


@pytest.mark.fault
def test_a_cleaning_that_races_with_publishing_leaves_the_live_release_whole(
    store: Store, build: Build
) -> None:
    """Without an age to protect it a candidate may vanish before its promotion, but not after."""
    published = 0
    command = [executable, "-c", CLEAN_WITHOUT_END, str(store.root)]
    with Popen(command, cwd=ROOT, stdout=PIPE, text=True) as cleaner:
        assert cleaner.stdout
        cleaner.stdout.readline()
        try:
            while published < 8:
                try:
                    publish(store, build(published))
                except songspace.NotFound:
                    continue
                published += 1
                songspace.open(store.root).close()
                assert cleaner.poll() is None
        finally:
            cleaner.kill()

    assert [entry.sequence for entry in store.history()] == list(range(1, published + 1))
    songspace.open(store.root).close()
