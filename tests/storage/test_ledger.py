"""The ledger says what is live: one winner a number, nothing ever deleted."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import TypeAlias

import pytest

from songspace.errors import Damaged, NotFound
from songspace.ledger import Action, LedgerEntry, read_head, sequences
from storage import Conflict, Store, ledger
from storage.layout import Layout
from tests.storage.both import BOTH
from tests.storage.promoting import live, publish

Build: TypeAlias = Callable[[int], str]
Flip: TypeAlias = Callable[[Path], None]

ROOT = Path(__file__).parents[2]


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


@BOTH
@pytest.mark.fault
def test_who_comes_second_is_told_who_won(store: Store, build: Build) -> None:
    first, second, third = build(1), build(2), build(3)
    store.promote(first, expected=None)
    winner = store.promote(second, expected=1, by="Ann")

    with pytest.raises(Conflict, match=f"publish of {second} by Ann") as conflict:
        store.promote(third, expected=1)

    assert conflict.value.winner == winner
    assert live(store) == second


@BOTH
def test_an_empty_ledger_is_not_an_unknown_one(store: Store, build: Build) -> None:
    first = build(1)
    with pytest.raises(Conflict, match="Expected the ledger at entry 1, found no entry"):
        store.promote(first, expected=1)

    store.promote(first, expected=None)

    with pytest.raises(Conflict, match="Expected the ledger at no entry"):
        store.promote(first, expected=None)


@pytest.mark.fault
def test_a_damaged_release_never_goes_live(store: Store, build: Build, flip: Flip) -> None:
    good, bad = build(1), build(2)
    publish(store, good)
    flip(store.root / "releases" / bad / "songs" / "part-0.parquet")

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet"):
        publish(store, bad)

    assert live(store) == good
    assert len(store.history()) == 1


@BOTH
def test_a_release_that_is_not_there_never_goes_live(store: Store) -> None:
    with pytest.raises(NotFound, match="20240101T000000Z-00000000"):
        store.promote("20240101T000000Z-00000000", expected=None)

    assert store.head() is None


@BOTH
@pytest.mark.fault
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


@BOTH
def test_what_was_forced_stands_in_the_ledger_with_reason_and_name(
    store: Store, build: Build
) -> None:
    first, second = build(1), build(2)
    publish(store, first)

    entry = store.promote(second, expected=1, action="force", reason="a trial", by="Ann")

    assert store.head() == entry
    assert (entry.action, entry.reason, entry.by) == ("force", "a trial", "Ann")
    assert store.rollback().release == first


@BOTH
@pytest.mark.parametrize(("reason", "by"), [("", "Ann"), (" ", "Ann"), ("a trial", ""), ("", "")])
def test_nothing_is_forced_without_a_reason_and_a_name(
    store: Store, build: Build, reason: str, by: str
) -> None:
    with pytest.raises(ValueError, match="a reason and a name"):
        store.promote(build(1), expected=None, action="force", reason=reason, by=by)

    assert store.head() is None


@pytest.mark.fault
def test_a_damaged_release_cannot_be_forced(store: Store, build: Build, flip: Flip) -> None:
    bad = build(1)
    flip(store.root / "releases" / bad / "songs" / "part-0.parquet")

    with pytest.raises(Damaged, match=r"songs/part-0\.parquet"):
        store.promote(bad, expected=None, action="force", reason="a trial", by="Ann")

    assert store.head() is None


@BOTH
def test_a_rollback_is_no_way_for_a_release_that_was_never_live(store: Store, build: Build) -> None:
    first, candidate = build(1), build(2)
    publish(store, first)

    with pytest.raises(NotFound, match=f"{candidate} was never live"):
        store.rollback(to=candidate)

    assert live(store) == first


@BOTH
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
        ("a <x", None),
        ("a b <x", "a"),
        ("a !b c <b", "a"),
        ("!a b c <b <a", None),
        ("a b c !<b", "b"),
        ("a b c !<b d", "b"),
        ("a b c !<b d <b", "a"),
        ("a b !<a c", "a"),
        ("a +b", "a"),
        ("a +b <a", None),
        ("a +b c <b", "a"),
        ("a b +b", "a"),
        ("+a", None),
    ],
)
def test_a_rollback_goes_to_what_was_live_before_the_present_was_published(
    steps: str, previous: str | None
) -> None:
    """A step `<a` is a rollback to a, `+a` forces it; one with `!` was damaged since, so nobody can read it."""
    actions: dict[str, Action] = {"<": "rollback", "+": "force"}
    releases = [step.strip("!<+") for step in steps.split()]
    history = [
        LedgerEntry(
            sequence=number,
            release=release,
            action=actions.get(step.strip("!")[0], "publish"),
            reason="",
            by="",
            at=datetime.now(UTC),
            nonce="",
            previous=before,
        )
        for number, (step, release, before) in enumerate(
            zip(steps.split(), releases, [None, *releases], strict=False), start=1
        )
        if "!" not in step
    ]

    assert ledger.previous_release(history) == previous


def test_a_rollback_to_a_release_that_was_removed_says_so(store: Store, build: Build) -> None:
    first, second = build(1), build(2)
    for release in (first, second):
        publish(store, release)
    shutil.rmtree(store.root / "releases" / first)

    with pytest.raises(NotFound, match=f"{first} was removed"):
        store.rollback()
    with pytest.raises(NotFound, match="20240101T000000Z-00000000 never was"):
        store.rollback(to="20240101T000000Z-00000000")

    assert live(store) == second


@pytest.mark.fault
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


@pytest.mark.fault
def test_an_entry_that_lands_while_another_is_numbered_is_a_conflict(
    store: Store, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = build(1), build(2), build(3)
    publish(store, first)

    def land_before_they_are_listed(root: Path) -> list[int]:
        monkeypatch.setattr("storage.ledger.sequences", sequences)
        publish(store, second)
        return sequences(root)

    monkeypatch.setattr("storage.ledger.sequences", land_before_they_are_listed)

    with pytest.raises(Conflict, match=f"publish of {second}"):
        store.promote(third, expected=1)

    assert live(store) == second


@pytest.mark.fault
def test_the_link_for_people_does_not_stay_behind_a_promotion_that_it_overtook(
    store: Store, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = build(1), build(2)
    publish(store, first)
    (store.root / "live").unlink()

    def promote_after_reading(root: Path) -> LedgerEntry | None:
        head = read_head(root)
        monkeypatch.setattr("storage.ledger.read_head", read_head)
        publish(store, second)
        return head

    monkeypatch.setattr("storage.ledger.read_head", promote_after_reading)

    ledger.point_live(Layout(store.root))

    assert (store.root / "live").resolve().name == second


@pytest.mark.fault
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


@pytest.mark.fault
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
