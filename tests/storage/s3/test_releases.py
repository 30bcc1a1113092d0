"""A release in a bucket is all there, or nobody sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

import songspace
from songspace.errors import Damaged, NotFound
from songspace.s3 import bucket
from storage import ArtifactRef, StoreError
from storage.s3.store import BucketStore
from tests.buckets import flip, objects
from tests.faulty_server import Fault, Faulty
from tests.storage.promoting import build_release, live, publish

Keep: TypeAlias = Callable[..., ArtifactRef]

SONGS = {"songs/part-0.parquet": b"songs", "lyrics/part-0.parquet": b"lyrics"}


def test_a_release_holds_the_folders_of_its_parts_and_one_manifest(
    store: BucketStore, keep: Keep
) -> None:
    songs = keep(SONGS)

    release = store.build_release(
        {"songs": (songs, "songs"), "lyrics": (songs, "lyrics")}, meta={"run": 7}
    )

    assert set(objects(store.release_folder(release))) == {*SONGS, "MANIFEST.json"}
    assert store.verify_release(release).recipe["run"] == 7


def test_a_release_outlives_its_artifacts(store: BucketStore, keep: Keep) -> None:
    songs = keep(SONGS)
    release = store.build_release({"songs": (songs, "songs")}, meta={})

    bucket.remove(store.root / "artifacts" / name for name in objects(store.root / "artifacts"))

    assert store.verify_release(release).version == release


def test_a_damaged_artifact_is_named_and_no_release_is_built(
    store: BucketStore, keep: Keep
) -> None:
    songs = keep(SONGS)
    flip(store.root / "artifacts/songs" / songs.version / "songs/part-0.parquet")

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet has sha256"):
        store.build_release({"songs": (songs, "songs")}, meta={})

    assert objects(store.root / "releases") == []


def test_a_missing_file_of_an_artifact_is_named(store: BucketStore, keep: Keep) -> None:
    songs = keep(SONGS)
    bucket.remove([store.root / "artifacts/songs" / songs.version / "songs/part-0.parquet"])

    with pytest.raises(Damaged, match=r"part-0\.parquet is missing"):
        store.build_release({"songs": (songs, "songs")}, meta={})

    assert objects(store.root / "releases") == []


def test_the_manifest_is_written_last(store: BucketStore, keep: Keep, faulty: Faulty) -> None:
    songs = keep(SONGS)

    store.build_release({"songs": (songs, "songs")}, meta={})

    written = [path for method, path in faulty.seen if method == "PUT" and "/releases/" in path]
    assert [path for path in written if "/claims/" not in path][-1].endswith("/MANIFEST.json")


@pytest.mark.parametrize("status", [409, 412, 500])
def test_a_manifest_that_landed_whatever_was_answered_is_the_release(
    store: BucketStore, keep: Keep, faulty: Faulty, status: int
) -> None:
    songs = keep(SONGS)
    faulty.faults = [Fault("PUT", "MANIFEST.json", status, times=1, applied=True)]

    release = store.build_release({"songs": (songs, "songs")}, meta={})

    assert store.releases() == [release]
    assert store.verify_release(release).version == release


@pytest.mark.fault
def test_a_copy_that_the_server_refuses_leaves_nothing(
    store: BucketStore, keep: Keep, faulty: Faulty
) -> None:
    songs = keep(SONGS)
    faulty.faults = [Fault("PUT", "lyrics/part-0.parquet", 503)]

    with pytest.raises(StoreError, match=r"build a release .* answered 503"):
        store.build_release({"songs": (songs, "songs"), "lyrics": (songs, "lyrics")}, meta={})

    assert objects(store.root / "releases") == []


def test_a_damaged_release_is_not_taken_for_the_same(store: BucketStore, keep: Keep) -> None:
    songs = keep(SONGS)
    first = store.build_release({"songs": (songs, "songs")}, meta={})
    flip(store.release_folder(first) / "songs/part-0.parquet")

    second = store.build_release({"songs": (songs, "songs")}, meta={})

    assert second != first
    assert store.verify_release(second).version == second


def test_a_part_of_a_release_comes_to_this_machine(store: BucketStore) -> None:
    release = build_release(store, 7)

    folder = store.release_part(release, "model")

    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("settings.json", "7")]
    with pytest.raises(NotFound):
        store.release_part("20240101T000000Z-00000000", "model")


def test_a_drill_reads_all_of_what_a_rollback_would_go_to(store: BucketStore) -> None:
    first, second = build_release(store, 1), build_release(store, 2)
    for release in (first, second):
        publish(store, release)

    report = store.drill()

    assert (report.live, report.target) == (second, first)
    assert (report.files, report.rows) == (4, {"songs": 10, "latents": 10})
    assert live(store) == second


def test_a_drill_finds_a_target_that_is_damaged(store: BucketStore) -> None:
    first, second = build_release(store, 1), build_release(store, 2)
    for release in (first, second):
        publish(store, release)
    flip(store.release_folder(first) / "model/settings.json")

    with pytest.raises(songspace.Damaged, match=r"model/settings\.json"):
        store.drill()


def test_alerts_are_kept_in_their_order(store: BucketStore) -> None:
    for line in ("one", "two"):
        store.add_alert(line)

    alerts = store.root / "alerts"
    assert [bucket.read(alerts / name) for name in objects(alerts)] == [b"one\n", b"two\n"]
