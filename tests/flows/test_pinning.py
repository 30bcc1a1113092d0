"""Releases are pinned, shown as pinned, and let go, from the command line."""

from pathlib import Path

import pytest

from flows.commands import main
from storage import Store
from tasks.promotion import user
from tests.storage.promoting import build_release, publish

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with three releases."""
    store = Store.open(tmp_path / "store")
    for number in range(3):
        publish(store, build_release(store, number))
    return store


@pytest.fixture
def first(store: Store) -> str:
    """The one that a cleaning would remove."""
    return store.history()[0].release


def flows(store: Store, *arguments: str) -> int:
    return main([*arguments, "--store", str(store.root)])


def line_of(release: str, said: str) -> str:
    return next(
        line for line in said.splitlines() if line.startswith(("*", " ")) and release in line
    )


def test_a_pinned_release_is_listed_with_its_reason_and_survives_gc(
    store: Store, first: str, capsys: Capture
) -> None:
    assert flows(store, "pin", first, "--reason", "the paper\ncites it") == 0
    assert flows(store, "gc", "--keep", "1", "--older-than", "0") == 0
    capsys.readouterr()
    assert flows(store, "releases") == 0

    said = capsys.readouterr().out
    assert f"PINNED by {user()} on 20" in line_of(first, said)
    assert line_of(first, said).endswith(": the paper cites it")
    assert said.count("PINNED") == 1


def test_unpinned_it_goes_with_the_next_gc(store: Store, first: str, capsys: Capture) -> None:
    assert flows(store, "pin", first, "--reason", "cited") == 0
    assert flows(store, "unpin", first) == 0
    capsys.readouterr()

    assert flows(store, "gc", "--keep", "1", "--older-than", "0") == 0

    assert f"removed: {first}" in capsys.readouterr().out


def test_a_torn_pin_is_listed_and_still_spares_its_release(
    store: Store, first: str, capsys: Capture
) -> None:
    assert flows(store, "pin", first, "--reason", "cited") == 0
    (store.root / "refs" / "pins" / f"{first}.json").unlink()
    (store.root / "refs" / "pins" / f"{first}.json").touch()

    assert flows(store, "gc", "--keep", "1", "--older-than", "0") == 0
    capsys.readouterr()
    assert flows(store, "releases") == 0

    assert "PINNED: its pin cannot be read, but counts" in line_of(first, capsys.readouterr().out)


def test_a_pinned_release_that_somebody_removed_is_listed_as_such(
    store: Store, first: str, capsys: Capture
) -> None:
    assert flows(store, "pin", first, "--reason", "cited") == 0
    store.release_folder(first).rename(store.root.parent / "lost")

    assert flows(store, "releases") == 0

    line = line_of(first, capsys.readouterr().out)
    assert "DAMAGED" in line
    assert "PINNED" in line


@pytest.mark.parametrize(
    ("command", "told"), [("pin", "pin: There is no release"), ("unpin", "is not pinned")]
)
def test_a_release_that_is_not_there_is_refused(
    store: Store, capsys: Capture, command: str, told: str
) -> None:
    reason = ("--reason", "cited") if command == "pin" else ()

    assert flows(store, command, "20200101T000000Z-00000000", *reason) == 1

    assert told in capsys.readouterr().err


def test_a_pin_asks_for_a_reason(store: Store, first: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        flows(store, "pin", first)
    assert "--reason" in capsys.readouterr().err
    assert flows(store, "pin", first, "--reason", " ") == 1
    assert "asks for a reason" in capsys.readouterr().err
