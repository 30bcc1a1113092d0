"""A release in a bucket reads like one on a disk."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

import songspace
from songspace import Choice, Damaged, NotFound, SongspaceError
from songspace.cli import main
from songspace.ledger import entry_name, newer
from songspace.s3 import bucket
from songspace.s3.access import Access
from songspace.s3.cache import mirror
from songspace.s3.url import Url
from songspace.web.live import SERVED
from storage.s3.store import BucketStore
from tests.buckets import flip
from tests.faulty_server import Fault, Faulty, faulty_server
from tests.storage.promoting import publish
from tests.variables import KEYS


@pytest.fixture
def faulty(s3_server: str, store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """From here on the store is asked for through it."""
    del store
    with faulty_server(s3_server) as faulty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.url)
        yield faulty


def ids(release: songspace.Release) -> set[int]:
    """The songs of a release."""
    return set(release.songs.select("song_id").collect()["song_id"])


def read_whole(store: BucketStore, release: str, name: str) -> pl.DataFrame:
    """A table, from what the bucket holds."""
    folder = store.release_folder(release) / name
    parts = [bucket.read(folder / part) for part in bucket.names(folder)]
    return pl.concat(pl.read_parquet(part) for part in parts)


def test_a_store_opens_as_its_live_release(store: BucketStore, first: str) -> None:
    with songspace.open(str(store.root)) as release:
        assert (release.id, release.path) == (first, store.release_folder(first))
        assert release.songs.collect().equals(read_whole(store, first, "songs"))
        assert release.tables == ("songs", "latents", "map")


def test_a_release_opens_by_its_own_place(store: BucketStore, first: str, second: str) -> None:
    publish(store, second)

    with songspace.open(f"{store.root}/releases/{first}/") as release:
        assert release.id == first


def test_a_recommendation_is_that_of_the_same_release_on_a_disk(
    store: BucketStore, first: str, tmp_path: Path
) -> None:
    download(store.release_folder(first), tmp_path / "release")

    with songspace.open(tmp_path / "release") as here, songspace.open(store.root) as there:
        song = int(here.songs.select("song_id").head(1).collect().item())
        ours, theirs = (one.recommender.similar(song, Choice(5)) for one in (here, there))
        assert [one.song for one in ours] == [one.song for one in theirs]


def download(folder: Url, target: Path) -> None:
    """All objects as files."""
    for one in bucket.walk(folder):
        (target / one.name).parent.mkdir(parents=True, exist_ok=True)
        (target / one.name).write_bytes(bucket.read(folder / one.name))


def test_files_are_read_once_and_checked_whenever_they_are_asked_for(
    store: BucketStore, first: str, faulty: Faulty
) -> None:
    del first
    weights = "/model/encoder.safetensors"
    with songspace.open(store.root, hashed=["songs"]) as release:
        kept = mirror(release.path / weights[1:])
        assert release.encoder
        kept.chmod(0o644)
        kept.write_bytes(bytes(kept.stat().st_size))
    with songspace.open(store.root, hashed=["songs"]) as release:
        assert release.encoder

    assert len([path for method, path in faulty.seen if path.endswith(weights)]) == 2


@pytest.mark.fault
@pytest.mark.parametrize("name", ["latents/part-0.parquet", "model/encoder.safetensors"])
def test_a_flipped_bit_is_refused_and_named(store: BucketStore, first: str, name: str) -> None:
    flip(store.release_folder(first) / name)

    with pytest.raises(Damaged, match=f"{name} has sha256"):
        songspace.open(store.root)
    with pytest.raises(Damaged, match=name):
        songspace.open(store.root, hashed=SERVED)


def test_of_folders_that_nobody_asked_to_hash_the_listing_tells(
    store: BucketStore, first: str, faulty: Faulty
) -> None:
    flip(store.release_folder(first) / "map/part-0.parquet")
    faulty.seen.clear()

    songspace.open(store.root, hashed=["songs"]).close()

    assert not [path for method, path in faulty.seen if "/map/" in path]
    bucket.put(store.release_folder(first) / "map/part-0.parquet", b"short")
    with pytest.raises(Damaged, match=r"map/part-0\.parquet has 5 bytes"):
        songspace.open(store.root, hashed=["songs"])


@pytest.mark.parametrize("name", ["songs/part-1.parquet", "MANIFEST.json"])
def test_an_object_that_is_gone_is_named(store: BucketStore, first: str, name: str) -> None:
    bucket.remove([store.release_folder(first) / name])

    with pytest.raises((Damaged, NotFound), match=name):
        songspace.open(store.root)


def test_what_is_neither_release_nor_store_says_so(store: BucketStore) -> None:
    with pytest.raises(NotFound, match="neither a release"):
        songspace.open(f"{store.root}/artifacts")
    with pytest.raises(NotFound, match="cannot be opened: Expected s3://"):
        songspace.open("s3://Wrong")


def test_a_store_without_a_live_release_says_so(s3_root: Url) -> None:
    BucketStore.made(s3_root)

    with pytest.raises(NotFound, match="no live release yet"):
        songspace.open(s3_root)


@pytest.mark.fault
def test_a_server_that_stays_busy_is_not_a_damaged_release(
    store: BucketStore, faulty: Faulty
) -> None:
    faulty.faults = [Fault("GET", "/songs/part-0.parquet", 503)]

    with pytest.raises(SongspaceError, match=r"songs/part-0\.parquet .* 503 SlowDown") as error:
        songspace.open(store.root)

    assert not isinstance(error.value, Damaged | NotFound)


def test_a_frame_of_a_release_that_was_removed_is_a_clear_error(
    store: BucketStore, first: str
) -> None:
    with songspace.open(store.root) as release:
        songs = release.songs
        folder = store.release_folder(first)
        bucket.remove(folder / one.name for one in list(bucket.walk(folder)))

        with pytest.raises(FileNotFoundError, match="not found"):
            songs.collect()


@pytest.mark.fault
def test_whoever_reads_during_publishing_and_rolling_back_reads_one_release(
    store: BucketStore, first: str, second: str
) -> None:
    songs = {
        release: set(read_whole(store, release, "songs")["song_id"]) for release in (first, second)
    }
    latents = {
        release: set(read_whole(store, release, "latents")["song_id"])
        for release in (first, second)
    }
    enough = threading.Event()

    seen: set[str] = set()

    def read() -> None:
        while not enough.is_set():
            with songspace.open(store.root, hashed=["songs"]) as release:
                assert ids(release) == songs[release.id]
                assert set(release.latents.collect()["song_id"]) == latents[release.id]
                seen.add(release.id)

    with ThreadPoolExecutor(2) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        try:
            rounds = 0
            while rounds < 3 or (seen != {first, second} and rounds < 100):
                publish(store, second)
                store.rollback()
                rounds += 1
        finally:
            enough.set()
        for reader in readers:
            reader.result()

    assert seen == {first, second}


def test_a_look_for_what_is_new_lists_only_what_is_new(
    store: BucketStore, first: str, second: str, faulty: Faulty
) -> None:
    del first
    known = newer(store.root, [])
    store.promote(second, expected=1)
    faulty.seen.clear()

    assert newer(store.root, known) == [1, 2]

    ((method, path),) = faulty.seen
    assert method == "GET"
    assert f"start-after={store.root.key}/refs/live/{entry_name(1)}".replace("/", "%2F") in path


def test_the_commands_take_a_place_in_a_bucket(
    store: BucketStore, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(store.root)]) == 0
    described = capsys.readouterr().out
    assert first in described
    assert f"{store.root}/releases/{first}" in described
    with songspace.open(store.root) as release:
        song = str(release.songs.select("song_id").head(1).collect().item())
    assert main(["similar", "--release", str(store.root), "--n", "3", song]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 3


def test_a_copy_on_this_machine_is_not_asked_of_the_bucket_again(
    store: BucketStore, first: str, tmp_path: Path, faulty: Faulty
) -> None:
    del tmp_path
    with songspace.open(store.root, hashed=["songs"]) as release:
        assert release.encoder
    faulty.faults = [Fault("GET", "/encoder.safetensors", 503)]

    with songspace.open(store.root, hashed=["songs"]) as release:
        assert release.id == first
        assert release.encoder
    shutil.rmtree(mirror(store.root))


def test_the_environment_says_where_and_as_whom() -> None:
    access = Access.of({**KEYS, "AWS_SESSION_TOKEN": "t", "AWS_ENDPOINT_URL": "http://h:1/"})

    assert access.for_polars() == {
        "aws_endpoint_url": "http://h:1",
        "aws_region": "us-east-1",
        "aws_access_key_id": "tester",
        "aws_secret_access_key": "secret",
        "aws_session_token": "t",
        "aws_allow_http": "true",
    }
    assert "secret" not in repr(access)


def test_the_endpoint_of_s3_comes_before_that_of_all_services() -> None:
    both = {"AWS_ENDPOINT_URL_S3": "https://s3", "AWS_ENDPOINT_URL": "https://all"}

    assert Access.of(both).endpoint == "https://s3"
    assert not Access.of(both).allow_http
    assert Access.of({"AWS_ALLOW_HTTP": "true"}).allow_http
    assert Access.of({"AWS_DEFAULT_REGION": "eu-west-1"}).region == "eu-west-1"
