"""Releases in a bucket do what those on a disk do."""
from collections.abc import Callable
from datetime import timedelta
import songspace
from storage import Store
from tests.storage.promoting import build_release, publish

def test_smoke(store: Store) -> None:
    a = build_release(store, 1); publish(store, a)
    b = build_release(store, 2); publish(store, b)
    assert build_release(store, 2) == b
    assert store.releases() == sorted([a, b])
    assert store.rollback().release == a
    print(store.gc(keep_releases=1, min_age=timedelta()))
    print(store.drill(), store.pins(), store.history())
    with songspace.open(str(store.root)) as r:
        print(r, r.songs.collect())
