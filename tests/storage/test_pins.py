"""What a person wants kept is kept, and it stands who wanted it and why."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

import pytest

from songspace.errors import NotFound
from storage import Store, StoreError
from tests.storage.both import BOTH
from tests.storage.promoting import publish

Build = Callable[[int], str]
NONE = timedelta()
GONE = "20200101T000000Z-00000000"


def pin_path(store: Store, release: str) -> Path:
    return Path(store.root) / "refs" / "pins" / f"{release}.json"


@pytest.fixture
def built(store: Store, build: Build) -> list[str]:
    """Four releases that went live one after the other."""
    built = [build(number) for number in range(4)]
    for release in built:
        publish(store, release)
    return built


@pytest.fixture
def first(built: list[str]) -> str:
    """The first of them, which a cleaning would remove."""
    return built[0]


@BOTH
def test_a_pin_says_who_and_why(store: Store, first: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    made = store.pin(first, reason=" the paper cites it ", by="Ann")

    assert store.pins() == {first: made}
    assert (made.release, made.reason, made.by) == (first, "the paper cites it", "Ann")
    assert before <= made.at <= datetime.now(UTC)


@BOTH
def test_a_pinned_release_stays_whole_until_it_is_unpinned(store: Store, built: list[str]) -> None:
    first, second, *_ = built
    store.pin(first, reason="cited", by="Ann")

    assert store.gc(keep_releases=1, min_age=NONE).releases == (second,)
    store.verify_release(first)
    store.unpin(first)

    assert store.pins() == {}
    assert store.gc(keep_releases=1, min_age=NONE).releases == (first,)


@BOTH
def test_a_pin_does_not_use_up_what_is_kept_by_count(store: Store, built: list[str]) -> None:
    first, second, third, fourth = built
    store.pin(first, reason="cited", by="Ann")

    assert set(store.kept_releases(2)) == {first, third, fourth}
    assert set(store.kept_releases(3)) == {first, second, third, fourth}


@pytest.mark.fault
@pytest.mark.parametrize("content", [b"", b'{"format": 1', b"\0" * 300, b'{"format": 9}'])
def test_a_torn_pin_still_pins(
    store: Store, first: str, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store.pin(first, reason="cited", by="Ann")
    pin_path(store, first).chmod(0o644)
    pin_path(store, first).write_bytes(content)

    report = store.gc(keep_releases=1, min_age=NONE)

    assert first not in report.releases
    assert store.pins() == {first: None}
    assert f"{first}.json" in caplog.text


def test_the_pin_of_another_release_still_pins_this_one_but_is_not_believed(
    store: Store, built: list[str]
) -> None:
    first, second, *_ = built
    store.pin(second, reason="cited", by="Ann")
    pin_path(store, second).rename(pin_path(store, first))

    assert store.pins() == {first: None}
    assert first not in store.gc(keep_releases=1, min_age=NONE).releases


@BOTH
def test_a_second_pin_is_refused_and_changes_nothing(store: Store, first: str) -> None:
    made = store.pin(first, reason="cited", by="Ann")

    with pytest.raises(StoreError, match="is pinned already"):
        store.pin(first, reason="another", by="Bob")

    assert store.pins() == {first: made}


@BOTH
def test_of_many_who_pin_at_once_one_does(store: Store, first: str) -> None:
    outcomes: list[str] = []

    def pin(by: str) -> None:
        try:
            outcomes.append(store.pin(first, reason="cited", by=by).by)
        except StoreError:
            outcomes.append("")

    threads = [threading.Thread(target=pin, args=(f"person {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = filter(None, outcomes)
    assert len(outcomes) == 8
    assert [pin.by for pin in store.pins().values() if pin] == [winner]


@BOTH
def test_only_a_release_that_is_there_can_be_pinned(store: Store) -> None:
    with pytest.raises(NotFound, match=f"no release {GONE}"):
        store.pin(GONE, reason="cited", by="Ann")
    with pytest.raises(ValueError, match="is not the id of a release"):
        store.pin("../../etc", reason="cited", by="Ann")

    assert store.pins() == {}


@BOTH
@pytest.mark.parametrize(("reason", "by"), [("", "Ann"), (" ", "Ann"), ("cited", "")])
def test_a_pin_without_a_reason_or_a_name_is_refused(
    store: Store, first: str, reason: str, by: str
) -> None:
    with pytest.raises(ValueError, match="asks for a reason and a name"):
        store.pin(first, reason=reason, by=by)


@BOTH
def test_only_what_is_pinned_can_be_unpinned(store: Store, first: str) -> None:
    with pytest.raises(NotFound, match=f"{first} is not pinned"):
        store.unpin(first)


def test_other_files_among_the_pins_pin_nothing(store: Store, first: str) -> None:
    store.pin(first, reason="cited", by="Ann")
    for name in ("notes.txt", "README.json", f"{GONE}.json.part"):
        pin_path(store, first).with_name(name).touch()

    assert list(store.pins()) == [first]


@pytest.mark.fault
def test_a_pin_that_the_disk_does_not_take_is_told_and_leaves_nothing(small_disk: Path) -> None:
    store = Store.open(small_disk / "store")
    with store.draft() as draft:
        (draft / "songs").mkdir()
        (draft / "songs" / "part-0.parquet").write_bytes(b"song")
        songs = store.commit(draft, "songs", recipe={})
    release = store.build_release({"songs": (songs, "songs")}, meta={})
    run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(StoreError, match="Read-only file system"):
        store.pin(release, reason="cited", by="Ann")

    assert store.pins() == {}


def test_nothing_is_removed_while_the_pins_cannot_be_listed(store: Store, first: str) -> None:
    """A file in the place of their folder: it may have been any release."""
    store.pin(first, reason="cited", by="Ann")
    folder = pin_path(store, first).parent
    folder.rename(folder.with_name("other"))
    folder.touch()
    before = store.releases()

    with pytest.raises(StoreError, match="list the pinned releases"):
        store.gc(keep_releases=1, min_age=NONE)

    assert store.releases() == before
