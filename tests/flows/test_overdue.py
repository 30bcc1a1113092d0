"""A run that did not happen is noticed by the store alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.commands import main
from storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def note(store: Store, hours_ago: float, state: str) -> None:
    """A run that lasted for an hour, or goes on."""
    ended = datetime.now(UTC) - timedelta(hours=hours_ago)
    started = ended - timedelta(hours=1)
    end = None if state == "running" else ended.isoformat()
    store.write_note(
        f"{started:%Y%m%dT%H%M%S%f}",
        {"started": started.isoformat(), "ended": end, "state": state},
    )


def overdue(store: Store, *options: str) -> int:
    return main(["overdue", "--store", str(store.root), *options])


def test_a_run_of_last_night_is_no_news(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    note(store, 50, "completed")
    note(store, 4, "completed")

    assert overdue(store) == 0
    assert "was completed on" in capsys.readouterr().out
    assert not (store.root / "alerts.log").exists()


@pytest.mark.parametrize("later", ["running", "refused: recall fell", "ended by StoreError"])
def test_only_a_completed_run_counts(
    store: Store, later: str, capsys: pytest.CaptureFixture[str]
) -> None:
    note(store, 27, "completed")
    note(store, 2, later)

    assert overdue(store) == 1

    said = capsys.readouterr().err
    (line,) = (store.root / "alerts.log").read_text().splitlines()
    assert said == f"overdue: {line}\n"
    assert "no run was completed in 26 hours, the last one on" in line
    assert line.endswith(f"is {later}")


def test_the_limit_can_be_another(store: Store) -> None:
    note(store, 27, "completed")

    assert overdue(store, "--hours", "28") == 0
    assert overdue(store, "--hours", "26.5") == 1


def test_a_store_without_a_run_is_overdue(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert overdue(store) == 1
    assert "none ever" in capsys.readouterr().err


def test_a_store_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["overdue", "--store", str(tmp_path / "nowhere")]) == 1
    assert "There is no store" in capsys.readouterr().err
