"""An artifact in a bucket is there with its manifest, or not at all."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from sys import executable
from typing import TypeAlias

import polars as pl
import pytest

from songspace.errors import Damaged, NotFound
from songspace.s3 import bucket
from songspace.s3.cache import mirror
from songspace.s3.url import Url
from storage import ArtifactRef, StoreError
from storage.s3.store import BucketStore
from tests.buckets import flip, objects
from tests.faulty_server import Fault, Faulty

Keep: TypeAlias = Callable[..., ArtifactRef]

FILES = {"songs/part-0.parquet": b"zero", "songs/part-1.parquet": b"one", "facts.json": b"{}"}
ROOT = Path(__file__).parents[3]
NONE = timedelta()


def place_of(store: BucketStore, ref: ArtifactRef) -> Url:
    return store.root / "artifacts" / ref.kind / ref.version


def test_an_artifact_is_its_files_and_a_manifest(store: BucketStore, keep: Keep) -> None:
    ref = keep(FILES)

    assert set(objects(place_of(store, ref))) == {*FILES, "MANIFEST.json"}
    assert store.verify(ref) == ref


def test_the_manifest_is_written_last(keep: Keep, faulty: Faulty) -> None:
    ref = keep(FILES)

    written = [path for method, path in faulty.seen if method == "PUT" and ref.version in path]
    own = [path for path in written if "/claims/" not in path]
    assert own[-1].endswith("MANIFEST.json")


def test_an_equal_artifact_is_not_uploaded_again(keep: Keep, faulty: Faulty) -> None:
    ref = keep(FILES)
    faulty.seen.clear()

    assert keep(FILES) == ref

    uploaded = [path for method, path in faulty.seen if method == "PUT" and "/artifacts/" in path]
    assert [path for path in uploaded if "/claims/" not in path and "/used/" not in path] == []


def test_a_flipped_bit_is_found_and_named(store: BucketStore, keep: Keep) -> None:
    ref = keep(FILES)
    flip(place_of(store, ref) / "songs/part-1.parquet")

    with pytest.raises(Damaged, match=r"songs/part-1\.parquet has sha256"):
        store.verify(ref)


def test_a_damaged_artifact_is_replaced_by_the_next_commit(
    store: BucketStore, keep: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    ref = keep(FILES)
    flip(place_of(store, ref) / "songs/part-1.parquet")

    assert keep(FILES) == ref

    assert store.verify(ref) == ref
    assert "replaced an artifact" in caplog.text


@pytest.mark.parametrize("name", ["songs/part-1.parquet", "MANIFEST.json"])
def test_an_artifact_that_lost_an_object_is_not_whole(
    store: BucketStore, keep: Keep, name: str
) -> None:
    ref = keep(FILES)
    bucket.remove([place_of(store, ref) / name])

    with pytest.raises((Damaged, NotFound), match=name):
        store.verify(ref)
    assert keep(FILES) == store.verify(ref)


def test_an_object_that_was_not_committed_is_named(store: BucketStore, keep: Keep) -> None:
    ref = keep(FILES)
    bucket.put(place_of(store, ref) / "songs/part-2.parquet", b"two")

    with pytest.raises(Damaged, match=r"songs/part-2\.parquet is not in the manifest"):
        store.verify(ref)


def test_a_table_is_read_from_the_bucket(store: BucketStore) -> None:
    with store.draft() as draft:
        (draft / "songs").mkdir()
        for part in range(3):
            table = pl.DataFrame({"number": [2 * part, 2 * part + 1]})
            table.write_parquet(draft / "songs" / f"part-{part}.parquet")
        ref = store.commit(draft, "songs", recipe={})

    assert store.table(ref, "songs").collect()["number"].to_list() == list(range(6))


def test_a_file_is_read_once_and_checked_each_time(
    store: BucketStore, keep: Keep, faulty: Faulty
) -> None:
    ref = keep(FILES)
    path = store.file(ref, "facts.json")
    path.chmod(0o644)
    path.write_bytes(b"[]")
    faulty.seen.clear()

    assert store.file(ref, "facts.json").read_bytes() == b"{}"
    assert store.file(ref, "facts.json").read_bytes() == b"{}"

    assert [path for method, path in faulty.seen if path.endswith("facts.json")] == [
        f"/{store.root.bucket}/{(place_of(store, ref) / 'facts.json').key}"
    ]


def test_a_file_that_the_bucket_gives_otherwise_is_refused_and_not_kept(
    store: BucketStore, keep: Keep
) -> None:
    ref = keep(FILES)
    url = place_of(store, ref) / "songs/part-0.parquet"
    mirror(url).unlink()
    flip(url)

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet is not as its manifest lists it"):
        store.file(ref, "songs/part-0.parquet")
    assert not list(mirror(url).parent.glob("*part-0*"))
    assert not list(mirror(url).parent.glob(".*"))


def test_a_folder_comes_from_the_bucket_if_it_is_not_on_this_machine(
    store: BucketStore, keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = keep(FILES)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))

    folder = store.folder(ref, "songs")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "part-0.parquet": b"zero",
        "part-1.parquet": b"one",
    }


def test_a_store_travels_to_another_process_as_its_root(store: BucketStore, keep: Keep) -> None:
    ref = keep(FILES)

    copy = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes

    assert vars(copy) == vars(store)
    assert copy.verify(ref) == ref


@pytest.mark.parametrize("status", [409, 412, 500])
def test_a_manifest_that_landed_whatever_was_answered_counts(
    keep: Keep, store: BucketStore, faulty: Faulty, status: int
) -> None:
    faulty.faults = [Fault("PUT", "MANIFEST.json", status, times=1, applied=True)]

    ref = keep(FILES)

    assert store.verify(ref) == ref


@pytest.mark.fault
def test_a_server_that_stays_busy_is_told_and_there_is_no_artifact(
    store: BucketStore, keep: Keep, faulty: Faulty
) -> None:
    faulty.faults = [Fault("PUT", "part-1.parquet", 503)]

    with pytest.raises(StoreError, match=r"commit an artifact .* answered 503 SlowDown"):
        keep(FILES)

    assert not [name for name in objects(store.root / "artifacts") if "MANIFEST" in name]
    assert list(store._local.staging.iterdir()) == []


COMMIT = """
import sys
from storage import Store
store = Store.open(sys.argv[1])
with store.draft() as draft:
    (draft / "songs").mkdir()
    for number in range(4):
        (draft / "songs" / f"part-{number}.parquet").write_bytes(b"%d" % number)
    store.commit(draft, "songs", recipe={})
"""


@pytest.mark.fault
@pytest.mark.parametrize("at", ["part-2.parquet", "MANIFEST.json"])
def test_what_a_killed_upload_left_is_no_artifact_and_is_swept_when_it_is_old(
    store: BucketStore, faulty: Faulty, at: str
) -> None:
    there, go_on = threading.Event(), threading.Event()
    others = {f"part-{number}.parquet" for number in range(4)} - {at}

    def hold() -> None:
        while not others <= {name.rpartition("/")[2] for name in objects(store.root / "artifacts")}:
            time.sleep(0.01)
        there.set()
        go_on.wait(60)

    faulty.faults = [Fault("PUT", f"/{at}", 500, times=1, before=hold)]
    environment = {**os.environ, "AWS_ENDPOINT_URL": faulty.url}
    with Popen([executable, "-c", COMMIT, str(store.root)], cwd=ROOT, env=environment) as process:
        assert there.wait(60)
        process.send_signal(signal.SIGKILL)
    go_on.set()

    left = objects(store.root / "artifacts")
    assert left
    assert not [name for name in left if name.endswith("MANIFEST.json")]
    spared = store.gc(keep_releases=1, min_age=NONE)  # its claim is young: it may be alive
    forget_claims(store)
    young = store.gc(keep_releases=1, min_age=timedelta(days=1))
    swept = store.gc(keep_releases=1, min_age=NONE)
    assert (len(spared.held), spared.artifacts, young.artifacts) == (1, (), ())
    assert len(swept.artifacts) == 1
    assert objects(store.root / "artifacts") == []
    assert list(store._local.staging.iterdir()) == []


@pytest.mark.fault
def test_the_next_commit_after_a_killed_upload_works(store: BucketStore, faulty: Faulty) -> None:
    there, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        there.set()
        go_on.wait(60)

    faulty.faults = [Fault("PUT", "/MANIFEST.json", 500, times=1, before=hold)]
    environment = {**os.environ, "AWS_ENDPOINT_URL": faulty.url}
    with Popen([executable, "-c", COMMIT, str(store.root)], cwd=ROOT, env=environment) as process:
        assert there.wait(60)
        process.send_signal(signal.SIGKILL)
    go_on.set()

    with Popen([executable, "-c", COMMIT, str(store.root)], cwd=ROOT) as process:
        assert process.wait(60) == 0

    (manifest,) = (name for name in objects(store.root / "artifacts") if "MANIFEST" in name)
    kind, version, _ = manifest.split("/")
    store.verify(ArtifactRef(kind=kind, version=version))


def forget_claims(store: BucketStore) -> None:
    """As if the day had passed after which a claim counts no more."""
    bucket.remove(store.root / "claims" / name for name in objects(store.root / "claims"))
