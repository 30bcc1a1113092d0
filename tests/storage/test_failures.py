"""Whatever call a publisher dies or fails at: the old release or the new one, whole."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen, run
from sys import executable
from typing import Any

import pytest

import songspace
from storage import Conflict, Store

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("publish_and_fail.py")

pytestmark = pytest.mark.fault


def publish(store: Store, content: bytes) -> None:
    """As the script does it."""
    with store.draft() as draft:
        (draft / "songs").mkdir()
        (draft / "songs" / "part-0.parquet").write_bytes(content)
        songs = store.commit(draft, "songs", recipe={})
    release = store.build_release({"songs": (songs, "songs")}, meta={})
    head = store.head()
    if head is None or head.release != release:
        store.promote(release, expected=head.sequence if head else None)


def failures(folder: Path, mode: str) -> list[dict[str, Any]]:
    """One report for each call that failed."""
    script = run(
        [executable, str(SCRIPT), str(folder), mode],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    *reports, unharmed = map(json.loads, script.stdout.splitlines())
    assert unharmed["at"] is None
    assert live_content(Path(unharmed["root"])) == b"new"
    assert len(reports) > 25
    return reports


def live_content(root: Path) -> bytes:
    """The one song of the live release, after all its files were checked."""
    with songspace.open(root) as release:
        return Path(release.path, "songs", "part-0.parquet").read_bytes()


def test_a_kill_at_any_call_leaves_a_whole_release_and_the_next_run_recovers(
    tmp_path: Path,
) -> None:
    seen = []
    for report in failures(tmp_path, "kill"):
        root = Path(report["root"])
        seen.append(live_content(root))

        store = Store.open(root)
        assert list((root / "staging").iterdir()) == []
        publish(store, b"new")

        assert live_content(root) == b"new"
        assert [entry.sequence for entry in store.history()] == [1, 2]
        assert (root / "live" / "songs" / "part-0.parquet").read_bytes() == b"new"
    assert seen == sorted(seen, reverse=True)  # first only old ones, then only new ones
    assert set(seen) == {b"old", b"new"}


@pytest.mark.parametrize(
    ("mode", "words"),
    [("late EIO", "Input/output error"), ("ENOSPC", "No space left on device")],
)
def test_an_error_at_any_call_is_told_with_the_disk_and_the_next_run_recovers(
    tmp_path: Path, mode: str, words: str
) -> None:
    for report in failures(tmp_path, mode):
        root = Path(report["root"])
        if report["told"] is None:
            assert live_content(root) == b"new"  # it had landed, or only the cleaning failed
        else:
            assert report["type"] == "StoreError"
            assert words in report["told"]
            assert str(root) in report["told"]
            assert live_content(root) == b"old"

        store = Store.open(root)
        assert list((root / "staging").iterdir()) == []
        publish(store, b"new")
        assert live_content(root) == b"new"
        assert [entry.sequence for entry in store.history()] == [1, 2]


def wait_for_another_entry(store: Store) -> None:
    """Return once one was published, or after half a minute: who was killed may have left nothing to be seen."""
    before, until = len(store.history()), time.monotonic() + 30
    while len(store.history()) == before and time.monotonic() < until:
        time.sleep(0.02)


PUBLISH_WITHOUT_END = """
import sys, itertools
from storage import Conflict, Store
sys.path.insert(0, sys.argv[2])
from publish_and_fail import publish
store = Store.open(sys.argv[1])
for number in itertools.count():
    try:
        publish(store, f"{sys.argv[3]}-{number}".encode())
    except Conflict:
        pass
"""


@pytest.mark.parametrize("seconds", [0, pytest.param(60, marks=pytest.mark.slow)])
def test_publishers_killed_at_random_leave_a_ledger_without_gaps(
    store: Store, build: Callable[[int], str], seconds: int
) -> None:
    store.promote(build(0), expected=None)
    dice = random.Random(7)
    lives = 0
    end = time.monotonic() + seconds
    publishers: list[Popen[bytes]] = []
    try:
        while lives < 10 or len(store.history()) < 10 or time.monotonic() < end:
            while len(publishers) < 2:
                lives += 1
                command = [executable, "-c", PUBLISH_WITHOUT_END, str(store.root)]
                publishers.append(Popen([*command, str(SCRIPT.parent), str(lives)], cwd=ROOT))
            wait_for_another_entry(store)
            time.sleep(dice.random() / 2)
            kill(publishers.pop(dice.randrange(2)))
            songspace.open(store.root).close()
    finally:
        for publisher in publishers:
            kill(publisher)

    Store.open(store.root)

    history = store.history()
    assert [entry.sequence for entry in history] == list(range(1, len(history) + 1))
    for entry in history:
        store.verify_release(entry.release)
    assert list((store.root / "staging").iterdir()) == []


def kill(process: Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_readers_during_publish_and_rollback_see_files_of_one_release(store: Store) -> None:
    """Both tables of a release hold its number; a mixture would show two."""

    def build(number: int) -> str:
        with store.draft() as draft:
            for table in ("songs", "lyrics"):
                (draft / table).mkdir()
                (draft / table / "part-0.parquet").write_bytes(b"%d" % number)
            ref = store.commit(draft, "songs", recipe={})
        return store.build_release({"songs": (ref, "songs"), "lyrics": (ref, "lyrics")}, meta={})

    store.promote(build(0), expected=None)
    switch = (
        "import sys; from storage import Store; store = Store.open(sys.argv[1])\n"
        "while True:\n"
        "    for release in sys.argv[2:]:\n"
        "        store.promote(release, expected=store.head().sequence)\n"
        "    store.rollback()\n"
    )
    command = [executable, "-c", switch, str(store.root), build(1), build(2), build(3)]
    seen: list[bytes] = []
    with Popen(command, cwd=ROOT) as switcher:
        try:
            while len(seen) < 200 or len(set(seen)) < 3:
                with songspace.open(store.root) as release:
                    songs, lyrics = (
                        (release.path / table / "part-0.parquet").read_bytes()
                        for table in ("songs", "lyrics")
                    )
                assert songs == lyrics
                assert switcher.poll() is None
                seen.append(songs)
        finally:
            switcher.kill()


def test_a_publisher_told_to_stop_is_gone_and_leaves_the_live_release(
    store: Store, build: Callable[[int], str]
) -> None:
    release = build(1)
    store.promote(release, expected=None)
    arguments = [str(store.root), str(SCRIPT.parent), "x"]
    with Popen([executable, "-c", PUBLISH_WITHOUT_END, *arguments], cwd=ROOT) as publisher:
        while (head := store.head()) is None or head.sequence < 3:
            time.sleep(0.01)
        publisher.terminate()

        assert publisher.wait(timeout=10) != 0

    songspace.open(store.root).close()
    Store.open(store.root)
    assert list((store.root / "staging").iterdir()) == []
    with pytest.raises(Conflict):
        store.promote(release, expected=1)
