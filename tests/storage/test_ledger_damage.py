"""Entries that are damaged, of another format or not on the disk: skipped or told, never trusted."""

import logging
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

import songspace
from songspace.errors import SongspaceError
from songspace.sealed import JSON, seal, unseal
from storage import Store, StoreError, disk
from tests.storage.promoting import entry_path, live, publish

pytestmark = pytest.mark.fault

Build: TypeAlias = Callable[[int], str]
Flip: TypeAlias = Callable[[Path], None]


def test_with_an_old_entry_damaged_two_rollbacks_still_go_back_twice(
    store: Store, build: Build
) -> None:
    first, second, third = build(1), build(2), build(3)
    for release in (first, second, third):
        publish(store, release)
    entry_path(store, 2).write_bytes(b"")

    assert [store.rollback().release, store.rollback().release] == [second, first]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "renumbered"])
def test_a_damaged_entry_is_skipped_with_a_warning_and_its_number_not_used_again(
    store: Store, build: Build, flip: Flip, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    first, second, third = build(1), build(2), build(3)
    publish(store, first)
    publish(store, second)
    path = entry_path(store, 2)
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[:-20])
        case "flipped":
            flip(path)
        case _:
            path.write_bytes(entry_path(store, 1).read_bytes())

    with caplog.at_level(logging.WARNING):
        assert live(store) == first

    assert "0000002.json" in caplog.text
    assert publish(store, third).sequence == 3
    assert live(store) == third


def test_an_entry_that_the_disk_does_not_give_is_an_error_not_an_older_head(
    store: Store, build: Build
) -> None:
    publish(store, build(1))
    publish(store, build(2))
    entry_path(store, 2).unlink()
    entry_path(store, 2).mkdir()

    with pytest.raises(Exception, match=r"0000002\.json cannot be read: Is a directory"):
        store.head()


def rewrite(path: Path, **changes: JSON) -> None:
    """Change fields of an entry and seal it again."""
    path.chmod(0o644)
    path.write_bytes(seal({**unseal(path.read_bytes(), "it"), **changes}))


@pytest.mark.parametrize("found", [2, None])
def test_an_entry_of_another_format_stops_readers_and_writers_instead_of_being_skipped(
    store: Store, build: Build, found: int | None
) -> None:
    first, second = build(1), build(2)
    publish(store, first)
    publish(store, second)
    rewrite(entry_path(store, 2), format=found, where="a field of tomorrow")

    for ask in (
        store.head,
        lambda: songspace.open(store.root),
        lambda: store.promote(first, expected=2),
        lambda: store.gc(keep_releases=0, min_age=timedelta()),
    ):
        with pytest.raises(SongspaceError, match=r"0000002\.json has format .* another songspace"):
            ask()

    assert set(store.releases()) == {first, second}


@pytest.mark.parametrize(
    "changes", [{"release": 5}, {"release": "../x"}, {"previous": 5}, {"previous": "../x"}]
)
def test_an_entry_that_names_no_release_is_skipped(
    store: Store, build: Build, changes: dict[str, JSON]
) -> None:
    first, second = build(1), build(2)
    publish(store, first)
    publish(store, second)
    rewrite(entry_path(store, 2), **changes)

    assert live(store) == first


def test_a_pipe_in_the_place_of_an_entry_is_refused_without_waiting(
    store: Store, build: Build
) -> None:
    publish(store, build(1))
    os.mkfifo(entry_path(store, 2))

    with pytest.raises(SongspaceError, match=r"0000002\.json cannot be read: Not a regular file"):
        store.head()


def test_an_entry_that_landed_before_the_disk_failed_counts(
    store: Store, build: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    release = build(1)

    def fail_on_refs(path: Path) -> None:
        if path == store.root / "refs" / "live":
            raise OSError(5, "Input/output error")
        disk.flush(path)

    monkeypatch.setattr("storage.ledger.flush", fail_on_refs)

    entry = store.promote(release, expected=None)

    assert store.head() == entry
    assert "landed although the disk said" in caplog.text


def test_an_entry_that_did_not_land_is_an_error_that_names_the_disk(
    store: Store, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = build(1)

    def fail(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path), None, str(data))

    monkeypatch.setattr("storage.ledger.write_flushed", fail)

    with pytest.raises(StoreError, match=f"{store.root}.*No space left"):
        store.promote(release, expected=None)

    assert store.head() is None
    assert list((store.root / "staging").iterdir()) == []
