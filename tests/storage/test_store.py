"""A store is tried before any work, and mends what dead writers left."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest

from storage import Store, StoreError


def test_a_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")

    assert store.head() is None
    assert {path.name for path in store.root.iterdir()} == {
        "artifacts",
        "quarantine",
        "refs",
        "releases",
        "staging",
    }


def test_a_missing_parent_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Mount the disk or create"):
        Store.open(tmp_path / "not-mounted" / "store")

    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_root_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").touch()

    with pytest.raises(StoreError, match="store"):
        Store.open(tmp_path / "store")


def test_a_root_that_no_disk_can_hold_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="File name too long"):
        Store.open(tmp_path / ("a" * 300))
    with pytest.raises(ValueError, match="null byte"):
        Store.open(tmp_path / "a\0b")


def test_a_read_only_disk_is_told_before_any_work(small_disk: Path) -> None:
    Store.open(small_disk / "store")
    run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(StoreError, match="Read-only file system"):
        Store.open(small_disk / "store")


def test_a_full_disk_is_told_before_any_work(small_disk: Path) -> None:
    Store.open(small_disk / "store")
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail << 12))

    with pytest.raises(StoreError, match="No space left on device"):
        Store.open(small_disk / "store")


def test_a_store_travels_to_another_process_as_its_root(store: Store) -> None:
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes

    assert copy.root == store.root
    assert vars(copy) == vars(store)


def test_the_link_for_people_is_mended_on_start(store: Store, build: Callable[[int], str]) -> None:
    release = build(1)
    store.promote(release, expected=None)
    (store.root / "live").unlink()
    (store.root / "live").symlink_to("releases/elsewhere")

    Store.open(store.root)

    assert (store.root / "live").resolve() == store.root / "releases" / release


def test_a_root_behind_a_link_is_pinned_to_the_real_folder(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store.root)

    assert Store.open(tmp_path / "link").root == store.root
