"""The ledger says what is live: one winner a number, nothing ever deleted."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import TypeAlias

import pytest

from songspace.errors import Damaged, NotFound
from songspace.ledger import LedgerEntry
from storage import Conflict, Store, StoreError, disk, ledger

Build: TypeAlias = Callable[[int], str]
Flip: TypeAlias = Callable[[Path], None]

ROOT = Path(__file__).parents[2]


def entry_path(store: Store, sequence: int) -> Path:
    return store.root / "refs" / "live" / f"{sequence:07d}.json"


def publish(store: Store, release: str) -> LedgerEntry:
    head = store.head()
    return store.promote(release, expected=head.sequence if head else None)


def live(store: Store) -> str:
    head = store.head()
    assert head is not None
    return head.release


def test_a_promotion_adds_the_next_number_and_says_what_was_before(
    store: Store, build: Build
) -> None:
    first, second = build(1), build(2)

    store.promote(first, expected=None, by="night")
    entry = store.promote(second, expected=1, reason="better")

    assert (entry.sequence, entry.release, entry.previous) == (2, second, first)
    assert store.head() == entry
    assert [(e.release, e.by, e.reason) for e in store.history()] == [
        (first, "night", ""),
        (second, "", "better"),
    ]
    assert (store.root / "live").resolve().name == second


def test_who_comes_second_is_told_who_won(store: Store, build: Build) -> None:
    first, second, third = build(1), build(2), build(3)
    store.promote(first, expected=None)
    winner = store.promote(second, expected=1, by="Ann")

    with pytest.raises(Conflict, match=f"publish of {second} by Ann") as conflict:
        store.promote(third, expected=1)

    assert conflict.value.winner == winner
    assert live(store) == second


def test_an_empty_ledger_is_not_an_unknown_one(store: Store, build: Build) -> None:
    first = build(1)
    with pytest.raises(Conflict, match="Expected the ledger at entry 1, found no entry"):
        store.promote(first, expected=1)

    store.promote(first, expected=None)

    with pytest.raises(Conflict, match="Expected the ledger at no entry"):
        store.promote(first, expected=None)


def test_a_damaged_release_never_goes_live(store: Store, build: Build, flip: Flip) -> None:
    good, bad = build(1), build(2)
    publish(store, good)
    flip(store.root / "releases" / bad / "songs" / "part-0.parquet")

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet"):
        publish(store, bad)

    assert live(store) == good
    assert len(store.history()) == 1


def test_a_release_that_is_not_there_never_goes_live(store: Store) -> None:
    with pytest.raises(NotFound, match="20240101T000000Z-00000000"):
        store.promote("20240101T000000Z-00000000", expected=None)

    assert store.head() is None


def test_a_rollback_adds_an_entry_and_a_stale_publisher_is_refused(
    store: Store, build: Build
) -> None:
    first, second, third = build(1), build(2), build(3)
    publish(store, first)
    seen = publish(store, second).sequence

    entry = store.rollback(reason="second is bad")

    assert (entry.sequence, entry.action, entry.release) == (3, "rollback", first)
    with pytest.raises(Conflict, match="rollback"):
        store.promote(third, expected=seen)
    assert live(store) == first


def test_two_rollbacks_go_back_twice(store: Store, build: Build) -> None:
    first, second, third = build(1), build(2), build(3)
    for release in (first, second, third):
        publish(store, release)

    assert [store.rollback().release, store.rollback().release] == [second, first]
    with pytest.raises(NotFound, match="no earlier release"):
        store.rollback()


@pytest.mark.parametrize(
    ("steps", "previous"),
    [
        ("", None),
        ("a", None),
        ("a b", "a"),
        ("a b b", "a"),
        ("a b <a", None),
        ("a b <a c", "a"),
        ("a b c <b", "a"),
        ("a b a", "b"),
        ("a b a c <a", "b"),
        ("a <x", "a"),
    ],
)
def test_a_rollback_goes_to_what_was_live_before_the_present_was_published(
    steps: str, previous: str | None
) -> None:
    history = [
        LedgerEntry(
            sequence=number,
            release=step.removeprefix("<"),
            action="rollback" if step.startswith("<") else "publish",
            reason="",
            by="",
            at=datetime.now(UTC),
            nonce="",
            previous=None,
        )
        for number, step in enumerate(steps.split(), start=1)
    ]

    assert ledger.previous_release(history) == previous


def test_a_rollback_to_a_damaged_release_is_refused_and_another_can_be_named(
    store: Store, build: Build, flip: Flip
) -> None:
    first, second, third = build(1), build(2), build(3)
    for release in (first, second, third):
        publish(store, release)
    flip(store.root / "releases" / second / "songs" / "part-0.parquet")

    with pytest.raises(Damaged, match=second):
        store.rollback()

    assert live(store) == third
    assert store.rollback(to=first).release == first


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


def test_the_clock_plays_no_part_in_the_order(
    store: Store, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ThreeDaysBack(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            assert tz is UTC
            return datetime.now(UTC) - timedelta(days=3)

    first = build(1)
    publish(store, first)
    monkeypatch.setattr("storage.releases.datetime", ThreeDaysBack)
    monkeypatch.setattr("storage.ledger.datetime", ThreeDaysBack)

    second = build(2)
    publish(store, second)

    assert second < first
    assert live(store) == second
    assert store.rollback().release == first


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


PROMOTE_ON_SIGNAL = """
import sys
from storage import Conflict, Store
store = Store.open(sys.argv[1])
for round_number in range(int(sys.argv[3])):
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        entry = store.promote(sys.argv[2], expected=round_number or None, by=sys.argv[4])
        print("won", entry.sequence, flush=True)
    except Conflict as conflict:
        print("lost to", conflict.winner.sequence, flush=True)
"""


def test_of_racing_promoters_exactly_one_wins_each_number(store: Store, build: Build) -> None:
    rounds, racers = 20, 3
    release = build(1)
    processes = [
        Popen(
            [
                executable,
                "-c",
                PROMOTE_ON_SIGNAL,
                str(store.root),
                release,
                str(rounds),
                str(racer),
            ],
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
            text=True,
            bufsize=1,
        )
        for racer in range(racers)
    ]

    outcomes = [race(processes) for _ in range(rounds)]
    for process in processes:
        process.communicate()

    assert outcomes == [
        sorted([f"won {number}", *[f"lost to {number}"] * (racers - 1)])
        for number in range(1, rounds + 1)
    ]
    assert [entry.sequence for entry in store.history()] == list(range(1, rounds + 1))


def race(processes: list[Popen[str]]) -> list[str]:
    """What each process says after all were let go at the same moment."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
    return sorted(process.stdout.readline().strip() for process in processes if process.stdout)
