"""The commands beside `run` ask no more of a disk than they need."""

import json
import os
import shutil
from pathlib import Path
from subprocess import run

import pytest

from flows.commands import main
from storage.store import Store


def publish(store: Store, number: int, **meta: int) -> str:
    """A release of one megabyte, live."""
    with store.draft() as draft:
        (draft / "songs").mkdir()
        (draft / "songs" / "part-0.parquet").write_bytes(bytes([number]) * (1 << 20))
        ref = store.commit(draft, "songs", recipe={})
    release = store.build_release({"songs": (ref, "songs")}, meta={"counts": meta or None})
    head = store.head()
    store.promote(release, expected=head.sequence if head else None)
    return release


@pytest.fixture
def root(small_disk: Path) -> Path:
    """A store with three releases and the note of one run."""
    store = Store.open(small_disk / "store")
    for number in range(3):
        publish(store, number, kept=number)
    store.write_note("1", {"started": "2024-01-31T00:00:00+00:00", "source": "x", "artifacts": {}})
    return store.root


@pytest.mark.fault
def test_gc_works_on_a_full_disk(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = Store.existing(root).history()[0].release
    (root.parent / "ballast").write_bytes(bytes(os.statvfs(root).f_bavail << 12))

    assert main(["gc", "--store", str(root), "--keep", "1", "--older-than", "0"]) == 0

    said = capsys.readouterr().out
    assert f"removed: {first}" in said
    assert "freed 1.0 MB" in said
    assert os.statvfs(root).f_bavail << 12 > 1 << 20


@pytest.mark.fault
@pytest.mark.parametrize("command", ["verify", "releases", "why"])
def test_what_only_reads_works_on_a_read_only_disk(root: Path, command: str) -> None:
    run(["mount", "-o", "remount,ro", str(root.parent)], check=True)

    assert main([command, "--store", str(root)]) == 0


def test_gc_names_all_that_it_removed_and_what_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(tmp_path / "store")
    publish(store, 1)
    (store.root / "quarantine" / "songs-0").mkdir()
    (store.root / "quarantine" / "mine.txt").touch()
    (store.root / "staging" / f"draft-{0:016x}").mkdir()

    with store.draft() as draft:
        (draft / "a").touch()
        held = store.commit(draft, "songs", recipe={"open": True})
        assert main(["gc", "--store", str(store.root), "--older-than", "0"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[:-1] == [
        "removed: songs-0",
        f"removed: draft-{0:016x}",
        f"still open: songs/{held.version}",
    ]


def test_gc_forgets_records_whose_artifacts_are_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(tmp_path / "store")
    publish(store, 1)
    store.records.mkdir()
    gone = {
        "__class__": "storage.artifacts.ArtifactRef",
        "data": {"kind": "a", "version": "0" * 20},
    }
    (store.records / "1").write_text(json.dumps({"metadata": {}, "result": json.dumps(gone)}))

    assert main(["gc", "--store", str(store.root), "--older-than", "0"]) == 0

    assert "1 records of tasks forgotten" in capsys.readouterr().out


def test_a_release_without_counts_is_listed_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(tmp_path / "store")
    release = publish(store, 1)

    assert main(["releases", "--store", str(store.root)]) == 0

    assert f"* {release}          ? songs       1.0 MB" in capsys.readouterr().out


def test_a_rollback_to_a_removed_release_says_that_it_was_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store.open(tmp_path / "store")
    first = publish(store, 1)
    publish(store, 2)
    shutil.rmtree(store.root / "releases" / first)

    assert main(["rollback", "--store", str(store.root), "--to", first]) == 1

    assert f"{first} was removed" in capsys.readouterr().err


def test_a_tilde_in_store_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(Store.open(tmp_path / "h"), 1)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert main(["verify", "--store=~/h"]) == 0
