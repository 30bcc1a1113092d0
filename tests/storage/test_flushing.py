"""What can be seen is on the disk, and what goes on between two looks is under a lock."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage import Store


class Journal:
    """What the disk was asked to keep, and what was not yet kept when it became visible."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.flushed: dict[int, int] = {}  # inode: time of its last change when it was flushed
        self.names: set[Path] = set()  # folders with a new name in them that was not flushed
        self.seen: list[str] = []  # what became visible, in order
        self.faults: list[str] = []
        self.fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self.flush)
        monkeypatch.setattr(os, "mkdir", self.watched(os.mkdir, place=0))
        for name in ("link", "rename"):
            monkeypatch.setattr(os, name, self.watched(getattr(os, name), place=1))

    def flush(self, descriptor: int) -> None:
        self.fsync(descriptor)
        facts = os.fstat(descriptor)
        self.flushed[facts.st_ino] = facts.st_mtime_ns
        self.names.discard(Path(f"/proc/self/fd/{descriptor}").readlink())

    def watched(self, call: Callable[..., None], place: int) -> Callable[..., None]:
        """*call*, whose argument at *place* is the new name."""

        def instead(*arguments: Any, **options: Any) -> None:
            target = Path(arguments[place])
            visible = self.root / "staging" not in target.parents
            if visible and place:
                self.look(Path(arguments[0]), target)
            call(*arguments, **options)
            if visible:
                self.names.add(target.parent)

        return instead

    def look(self, source: Path, target: Path) -> None:
        """Note what of *source* is not kept by the disk just before it becomes *target*."""
        name = str(target.relative_to(self.root))
        self.seen.append(name.partition("/")[0])
        for path in (source, *source.rglob("*")):
            facts = path.stat()
            if self.flushed.get(facts.st_ino) != facts.st_mtime_ns:
                self.faults.append(f"{path.relative_to(source.parent)} at {name}")
        if name.startswith("refs"):
            self.faults += [f"names in {folder} at {name}" for folder in self.names]
        with (self.root / ".lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        self.faults.append(f"a cleaning could run at {name}")


def publish(root: Path) -> None:
    """From no store at all to a live release."""
    store = Store.open(root)
    with store.draft() as draft:
        (draft / "songs" / "more").mkdir(parents=True)
        (draft / "songs" / "part-0.parquet").write_bytes(b"songs")
        (draft / "songs" / "more" / "facts.json").write_bytes(b"{}")
        ref = store.commit(draft, "songs", recipe={})
    release = store.build_release({"model": (ref, "songs")}, meta={})
    store.promote(release, expected=None)


def test_all_is_on_the_disk_and_locked_before_it_can_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "store", monkeypatch)

    publish(tmp_path / "store")

    assert journal.seen == ["artifacts", "releases", "refs"]
    assert journal.faults == []
    assert journal.names == set()


def test_copies_in_the_place_of_links_are_on_the_disk_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def refuse_songs(source: Path, target: Path, **options: Any) -> None:
        if "artifacts" in str(source):
            raise OSError(errno.EMLINK, "Too many links")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", refuse_songs)
    journal = Journal(tmp_path / "store", monkeypatch)

    publish(tmp_path / "store")

    (released,) = (tmp_path / "store").glob("releases/*/model/part-0.parquet")
    assert released.stat().st_nlink == 1
    assert journal.seen == ["artifacts", "releases", "refs"]
    assert journal.faults == []
