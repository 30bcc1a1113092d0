"""A store is tried before any work, and mends what dead writers left."""

import os
import pickle
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import run

import pytest

import songspace
from storage import Store, StoreError
from tests.storage.both import BOTH


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


@pytest.mark.fault
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


@pytest.mark.fault
def test_a_read_only_disk_is_told_before_any_work(small_disk: Path) -> None:
    Store.open(small_disk / "store")
    run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(StoreError, match="Read-only file system"):
        Store.open(small_disk / "store")


@pytest.mark.fault
def test_a_full_disk_is_told_before_any_work(small_disk: Path) -> None:
    Store.open(small_disk / "store")
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail << 12))

    with pytest.raises(StoreError, match="No space left on device"):
        Store.open(small_disk / "store")


@pytest.mark.fault
def test_a_full_or_read_only_disk_can_be_looked_at_and_a_full_one_cleaned(
    small_disk: Path,
) -> None:
    store = Store.open(small_disk / "store")
    for number in range(3):
        with store.draft() as draft:
            (draft / "songs").mkdir()
            (draft / "songs" / "part-0.parquet").write_bytes(bytes([number]) * (1 << 20))
            ref = store.commit(draft, "songs", recipe={})
        release = store.build_release({"songs": (ref, "songs")}, meta={})
        store.promote(release, expected=number or None)
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail << 12))

    report = Store.existing(small_disk / "store").gc(keep_releases=1, min_age=timedelta())
    run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    found = Store.existing(small_disk / "store")

    assert report.freed_bytes > 1 << 20
    assert found.verify_release(release).version == release
    assert found.history() == store.history()


@pytest.mark.parametrize("root", ["absent", "file", "empty"])
def test_what_is_no_store_is_told_and_left_as_it_is(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()

    with pytest.raises(StoreError, match="There is no store"):
        Store.existing(tmp_path / root)

    assert not (tmp_path / "absent").exists()
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_tilde_is_the_home_folder(
    store: Store, build: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.promote(build(1), expected=None)
    monkeypatch.setenv("HOME", str(store.root.parent))

    with songspace.open("~/store") as release:
        assert Store.existing("~/store").release_folder(release.id) == release.path
    assert Store.open("~/store").root == store.root


@pytest.mark.parametrize("folder", ["releases", "artifacts", "refs", "staging", "quarantine"])
def test_a_folder_on_another_disk_is_told_before_any_work(
    store: Store, small_disk: Path, folder: str
) -> None:
    shutil.copytree(store.root / folder, small_disk / folder)
    shutil.rmtree(store.root / folder)
    (store.root / folder).symlink_to(small_disk / folder)

    with pytest.raises(StoreError, match=f"{folder}.* lies on another disk"):
        Store.open(store.root)


def test_a_file_system_without_hard_links_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str, **_options: object) -> None:
        raise PermissionError(1, "Operation not permitted", source, None, target)

    monkeypatch.setattr(os, "link", refuse)

    with pytest.raises(StoreError, match=f"hard link in the store {tmp_path}/store: Operation not"):
        Store.open(tmp_path / "store")


@BOTH
def test_the_last_notes_come_back_by_name(store: Store) -> None:
    assert store.last_notes(2) == []

    for name in ("1", "3", "2"):
        store.write_note(name, {"is": "begun"})
        store.write_note(name, {"is": name})

    assert store.last_notes(2) == [{"is": "2"}, {"is": "3"}]


@pytest.mark.fault
def test_a_note_that_was_torn_is_passed_over_with_a_warning(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.write_note("20240101", {"is": "whole"})
    torn = store.root / "runs" / "20240102.json"
    torn.write_bytes(b"")

    assert store.last_notes(2) == [{"is": "whole"}]
    assert str(torn) in caplog.text


def test_a_note_that_the_disk_does_not_take_names_the_store(store: Store) -> None:
    (store.root / "runs").touch()

    with pytest.raises(StoreError, match=f"{store.root}: File exists"):
        store.write_note("1", {})


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


@pytest.mark.parametrize("theirs", ["artifacts/models/weights.bin", "notes.txt", ".git/config"])
def test_a_folder_of_something_else_is_not_made_a_store(tmp_path: Path, theirs: str) -> None:
    file = tmp_path / "project" / theirs
    file.parent.mkdir(parents=True)
    file.touch()

    with pytest.raises(StoreError, match=r"is no store: it holds .*Name a new or an empty folder"):
        Store.open(tmp_path / "project")

    assert [path for path in (tmp_path / "project").rglob("*") if path.is_file()] == [file]


@pytest.mark.parametrize("there", [(), ("refs",), ("lost+found",)])
def test_a_store_may_begin_in_an_empty_folder(tmp_path: Path, there: tuple[str, ...]) -> None:
    for name in there:
        (tmp_path / "store" / name).mkdir(parents=True)

    assert Store.open(tmp_path / "store").history() == []
