"""What is wrong with a bucket or its server is told before any work, with what to do."""

from __future__ import annotations

import os
import re
import sys
from subprocess import run

import pytest

from songspace.errors import SongspaceError
from songspace.s3 import bucket
from songspace.s3.url import Url
from storage import Store, StoreError
from storage.s3.store import BucketStore
from tests.buckets import free_port, objects
from tests.faulty_server import Fault, Faulty
from tests.variables import KEYS


def test_a_store_is_made_where_there_is_none(s3_root: Url) -> None:
    store = Store.open(str(s3_root))

    assert isinstance(store, BucketStore)
    assert store.head() is None
    assert objects(s3_root) == ["refs/live/STORE"]
    assert Store.existing(f"{s3_root}/").root == s3_root


def test_a_whole_bucket_can_be_a_store(s3_root: Url) -> None:
    store = Store.open(f"s3://{s3_root.bucket}")

    assert objects(Url(s3_root.bucket)) == ["refs/live/STORE"]
    assert store.releases() == []


def test_what_is_no_store_is_told_and_left_as_it_is(s3_root: Url) -> None:
    with pytest.raises(StoreError, match=f"There is no store at '{s3_root}'"):
        Store.existing(str(s3_root))

    assert objects(Url(s3_root.bucket)) == []


def test_a_place_with_other_things_is_refused(s3_root: Url) -> None:
    bucket.put(s3_root / "holiday.jpg", b"")

    with pytest.raises(StoreError, match=r"is no store: it holds holiday\.jpg"):
        Store.open(str(s3_root))

    assert objects(s3_root) == ["holiday.jpg"]


@pytest.mark.parametrize(
    "root", ["s3://", "s3:///a", "s3://B", "s3://ab/../c", "s3://abc/a b", "s3://abc/a//b"]
)
def test_what_names_no_bucket_is_refused(root: str) -> None:
    with pytest.raises(ValueError, match="Expected s3://bucket/prefix"):
        Store.open(root)


def test_a_missing_bucket_is_named_with_its_server(s3_root: Url, s3_server: str) -> None:
    del s3_root
    with pytest.raises(StoreError, match=f"no bucket 'absent' at {s3_server}: create it"):
        Store.open("s3://absent/store")


@pytest.mark.usefixtures("s3_root")
def test_a_missing_bucket_is_no_store(s3_root: Url) -> None:
    with pytest.raises(SongspaceError, match="no bucket 'absent'"):
        Store.existing(f"s3://absent/{s3_root.key}")


def test_a_server_that_is_not_there_is_named(s3_root: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(SongspaceError, match=r"cannot be reached: look at .* AWS_ENDPOINT_URL"):
        Store.open(str(s3_root))


def test_a_key_that_may_not_is_told(s3_root: Url, faulty: Faulty) -> None:
    faulty.faults = [Fault("PUT", "", 403)]

    with pytest.raises(
        StoreError, match=r"answered 403 AccessDenied: look whether the key tester may do this"
    ):
        Store.open(str(s3_root))


def test_credentials_that_are_not_there_are_asked_for(s3_root: Url, faulty: Faulty) -> None:
    """A machine without a role: the address that would give its keys says no."""
    faulty.faults = [Fault("PUT", "/latest/", 403), Fault("GET", "/latest/", 403)]
    without = {name: value for name, value in os.environ.items() if name not in KEYS}

    ran = run(
        [sys.executable, "-m", "flows", "run", "--demo", "50", "--store", str(s3_root)],
        env={**without, "AWS_METADATA_ENDPOINT": faulty.url},
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 1
    assert re.search("^run: .*No credentials: expected AWS_ACCESS_KEY_ID", ran.stderr, re.MULTILINE)
    assert "Traceback" not in ran.stderr


def test_a_server_without_conditional_writes_is_refused(s3_root: Url, faulty: Faulty) -> None:
    faulty.dropped = {"if-none-match"}

    with pytest.raises(StoreError, match="ignores `If-None-Match"):
        Store.open(str(s3_root))

    assert not [name for name in objects(s3_root) if name.startswith("trials")]


def test_a_library_that_is_missing_is_named(s3_root: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(SongspaceError, match=r"pip install 'songspace\[s3\]'"):
        Store.open(str(s3_root))


def test_two_endpoints_have_two_caches(
    s3_root: Url, faulty: Faulty, s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del faulty
    store = BucketStore(s3_root)
    one = store.records
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)

    assert one != store.records
