"""A drill finds out whether a rollback would work, and moves nothing."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from sys import executable

import pytest

import songspace
from songspace.errors import Damaged, NotFound
from storage import Store, StoreError
from tests.storage.both import BOTH
from tests.storage.promoting import build_release, entry_path, live, publish

ROOT = Path(__file__).parents[2]
Flip = Callable[[Path], None]


@pytest.fixture
def releases(store: Store) -> list[str]:
    """Three releases that went live one after the other."""
    built = [build_release(store, number) for number in range(3)]
    for release in built:
        publish(store, release)
    return built


def everything(root: Path) -> dict[str, tuple[float, bytes]]:
    """All files of a store with their time and content."""
    return {
        str(path.relative_to(root)): (path.stat().st_mtime, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


@BOTH
def test_a_drill_leads_where_a_rollback_leads(store: Store, releases: list[str]) -> None:
    _, second, third = releases

    report = store.drill()

    assert (report.live, report.target) == (third, second)
    assert report.rows == {"songs": 10, "latents": 10}
    assert report.files == 4
    assert report.size == store.release_manifest(second).size
    assert store.rollback().release == second


@BOTH
def test_after_a_rollback_it_leads_one_further_back(store: Store, releases: list[str]) -> None:
    store.rollback()

    assert store.drill().target == releases[0]


def test_a_drill_changes_nothing(store: Store, releases: list[str]) -> None:
    before = everything(store.root)

    store.drill()

    assert everything(store.root) == before
    assert list((store.root / "staging").iterdir()) == []
    assert live(store) == releases[2]


@BOTH
def test_without_an_earlier_release_it_says_that_none_could_be_tried(store: Store) -> None:
    of_an_empty_store = store.drill()
    release = build_release(store, 1)
    publish(store, release)

    report = store.drill()

    assert of_an_empty_store.live is None
    assert (report.live, report.target) == (release, None)
    assert "No rollback could be tried" in str(report)


@pytest.mark.fault
def test_a_damaged_target_is_found_before_anybody_needs_it(
    store: Store, releases: list[str], flip: Flip
) -> None:
    flip(store.release_folder(releases[1]) / "songs" / "part-1.parquet")

    with pytest.raises(Damaged, match=rf"{releases[1]} is damaged: songs/part-1.parquet has"):
        store.drill()

    assert list((store.root / "staging").iterdir()) == []


def test_a_missing_file_is_named(store: Store, releases: list[str]) -> None:
    (store.release_folder(releases[1]) / "songs" / "part-1.parquet").unlink()

    with pytest.raises(Damaged, match=rf"{releases[1]}/songs/part-1.parquet is missing"):
        store.drill()


def test_a_target_that_is_gone_is_named(store: Store, releases: list[str]) -> None:
    run(["rm", "-r", str(store.release_folder(releases[1]))], check=True)

    with pytest.raises(NotFound, match=releases[1]):
        store.drill()


def test_a_table_that_was_never_readable_is_found(store: Store) -> None:
    """It is what was built, so only reading it tells."""
    with store.draft() as draft:
        (draft / "songs").mkdir()
        (draft / "songs" / "part-0.parquet").write_bytes(b"no Parquet")
        ref = store.commit(draft, "songs", recipe={})
    publish(store, store.build_release({"songs": (ref, "songs")}, meta={}))
    publish(store, build_release(store, 1))

    with pytest.raises(Damaged, match=r"The table in \S+/songs cannot be read"):
        store.drill()


@pytest.mark.fault
def test_a_full_disk_is_named(small_disk: Path) -> None:
    store = Store.open(small_disk / "store")
    for number in range(2):
        publish(store, build_release(store, number))
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail << 12))

    with pytest.raises(StoreError, match="No space left on device"):
        store.drill()

    assert list((store.root / "staging").iterdir()) == []


@pytest.mark.fault
def test_a_kill_in_mid_drill_leaves_nothing_behind(store: Store, releases: list[str]) -> None:
    script = (
        "import os, sys; from storage import Store, drill\n"
        "drill.rollback = lambda *_, **__: os.kill(os.getpid(), 9)\n"
        "Store.existing(sys.argv[1]).drill()"
    )
    killed = subprocess.run([executable, "-c", script, str(store.root)], cwd=ROOT, check=False)
    left = list((store.root / "staging").iterdir())

    reopened = Store.open(store.root)

    assert (killed.returncode, len(left)) == (-9, 1)
    assert list((store.root / "staging").iterdir()) == []
    assert [entry.sequence for entry in reopened.history()] == [1, 2, 3]
    for release in releases:
        reopened.verify_release(release)


def test_a_damaged_entry_that_is_not_the_newest_is_passed_over(
    store: Store, releases: list[str]
) -> None:
    entry_path(store, 1).write_bytes(b"")

    assert store.drill().target == releases[1]


def test_a_reader_of_the_live_release_notices_nothing(store: Store, releases: list[str]) -> None:
    with songspace.open(store.root) as release:
        store.drill()

        assert release.id == releases[2]
        assert release.songs.collect()["song"][0] == "2-0"
