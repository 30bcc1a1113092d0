"""A store in a bucket with one live release that can be asked for songs."""

from __future__ import annotations

import pytest

from songspace.s3.url import Url
from storage.s3.store import BucketStore
from tests.songspace.web.catalogue import build


@pytest.fixture
def store(s3_root: Url) -> BucketStore:
    store = BucketStore.made(s3_root)
    store.promote(build(store), expected=None)
    return store


@pytest.fixture
def first(store: BucketStore) -> str:
    """The release that is live at first."""
    head = store.head()
    assert head is not None
    return head.release


@pytest.fixture
def second(store: BucketStore) -> str:
    """Another one, not live yet."""
    return build(store, seed=2)
