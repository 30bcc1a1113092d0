"""Locks on folders hold what stands there now."""

import fcntl
from pathlib import Path

import pytest

from storage.disk import let_go, try_lock_folder
from tests.descriptors import held


def test_a_folder_is_locked_for_one_alone(tmp_path: Path) -> None:
    first = try_lock_folder(tmp_path)
    assert first is not None

    assert try_lock_folder(tmp_path) is None

    let_go(first)
    again = try_lock_folder(tmp_path)
    assert again is not None
    let_go(again)


def test_a_folder_that_was_replaced_before_the_lock_was_ours_is_not_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    lock = fcntl.flock

    def replace_then_lock(descriptor: int, mode: int) -> None:
        folder.rename(tmp_path / "trash")
        folder.mkdir()
        lock(descriptor, mode)

    monkeypatch.setattr(fcntl, "flock", replace_then_lock)

    assert try_lock_folder(folder) is None

    assert held(tmp_path) == 0


@pytest.mark.parametrize("name", ["absent", "file", "link"])
def test_what_is_no_folder_is_not_locked(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    assert try_lock_folder(tmp_path / name) is None
