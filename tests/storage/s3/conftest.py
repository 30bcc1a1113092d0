"""A store in a bucket, and one behind a server that can be told to fail; filled like the store on a disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from songspace.s3.url import Url
from storage.s3.store import BucketStore
from tests.faulty_server import Faulty, faulty_server


@pytest.fixture
def store(s3_root: Url) -> BucketStore:
    return BucketStore.open(s3_root)


@pytest.fixture
def faulty(s3_server: str, store: BucketStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """From here on the store is asked for through it."""
    del store
    with faulty_server(s3_server) as faulty:
        monkeypatch.setenv("AWS_ENDPOINT_URL", faulty.url)
        yield faulty
