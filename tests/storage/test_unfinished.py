"""Folders for unfinished work, which stay until they are forgotten or too old."""

import os
from datetime import timedelta
from pathlib import Path
from subprocess import run

import pytest

from storage import Store, StoreError
from storage.disk import let_go, try_lock_folder
from tests.storage.both import BOTH

NAME = "network-" + "0a" * 10
DAY = timedelta(days=1)


def test_unfinished_work_is_found_again_by_its_name(store: Store) -> None:
    (store.unfinished(NAME) / "note").write_text("half")

    assert (Store.open(store.root).unfinished(NAME) / "note").read_text() == "half"
    assert list(store.unfinished(NAME.replace("network", "original")).iterdir()) == []


def test_what_is_forgotten_is_gone(store: Store) -> None:
    (store.unfinished(NAME) / "note").write_text("half")

    store.forget_unfinished(NAME)
    store.forget_unfinished(NAME)

    assert not (store.root / "unfinished" / NAME).exists()


@pytest.mark.parametrize(
    "name", ["", "network", "../" + NAME, NAME + "/..", NAME + "\n", "/" + NAME]
)
def test_a_name_that_could_lead_elsewhere_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="a kind and a digest"):
        store.unfinished(name)
    with pytest.raises(ValueError, match="a kind and a digest"):
        store.forget_unfinished(name)

    assert not (store.root / "unfinished").exists()


@pytest.mark.fault
def test_a_disk_that_refuses_is_named(small_disk: Path) -> None:
    store = Store.open(small_disk / "store")
    run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(StoreError, match=r"unfinished work on network-.*Read-only file system"):
        store.unfinished(NAME)


def test_cleaning_removes_what_nobody_went_on_with(store: Store) -> None:
    old, young = NAME, NAME.replace("0a", "1b")
    (store.unfinished(old) / "note").write_bytes(b"half")
    then = store.unfinished(old).stat().st_mtime - 2 * DAY.total_seconds()
    os.utime(store.unfinished(old), (then, then))
    store.unfinished(young)

    report = store.gc(keep_releases=1, min_age=DAY)

    assert report.unfinished == (old,)
    assert report.freed_bytes == 4
    assert [path.name for path in (store.root / "unfinished").iterdir()] == [young]


@BOTH
def test_cleaning_leaves_what_somebody_has_open(store: Store) -> None:
    lock = try_lock_folder(store.unfinished(NAME))
    assert lock is not None

    report = store.gc(keep_releases=1, min_age=timedelta())
    let_go(lock)

    assert (report.unfinished, report.held) == ((), (NAME,))
