"""Why a stage ran again, told from the notes of runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.why import explain
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef
from storage.store import Store

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def make(store: Store, k: int) -> ArtifactRef:
    """An artifact of neighbours, made now."""
    with store.draft() as draft:
        (draft / "neighbours").mkdir()
        (draft / "neighbours" / "part-0.parquet").write_text(str(k))
        recipe: dict[str, JSON] = {"inputs": {"settings": {"k": k}}, "code": {}, "libraries": {}}
        return store.commit(draft, "neighbours", recipe=recipe)


def note(
    store: Store,
    started: datetime,
    ended: datetime | None,
    made: ArtifactRef | None,
    state: str = "completed",
) -> None:
    store.write_note(
        f"{started:%Y%m%dT%H%M%S%f}",
        {
            "started": started.isoformat(),
            "state": state,
            "ended": ended.isoformat() if ended else None,
            "source": "songs.csv",
            "fresh": False,
            "artifacts": {"neighbours": made.model_dump()} if made else {},
        },
    )


def test_a_stage_is_compared_with_the_last_run_that_had_it(store: Store) -> None:
    note(store, NOON, NOON + HOUR, make(store, k=20))
    note(store, NOON + 2 * HOUR, NOON + 3 * HOUR, None, state="ended by SourceError: no file")
    note(store, NOON + 4 * HOUR, NOON + 5 * HOUR, make(store, k=5))

    _, told = explain(store)

    assert told == "  neighbours  made again: input settings.k: 20 -> 5"


def test_a_run_that_failed_is_told_with_its_reason(store: Store) -> None:
    note(store, NOON, NOON + HOUR, make(store, k=20), state="ended by SourceError: no file")

    headline, _ = explain(store)

    assert headline == (
        "The run of 2024-01-31T12:00:00 on songs.csv (ended by SourceError: no file):"
    )


def test_a_run_that_noted_no_end_is_called_running_or_killed(store: Store) -> None:
    note(store, NOON, None, make(store, k=20), state="running")

    headline, _ = explain(store)

    assert headline.endswith("(still running, or killed):")


def test_what_one_of_two_runs_at_once_has_made_is_not_called_gone(store: Store) -> None:
    note(store, NOON, NOON + 2 * HOUR, make(store, k=20))
    note(store, NOON + HOUR, NOON + 2 * HOUR, make(store, k=20))

    _, told = explain(store)

    assert told == "  neighbours  made now, by this run or by one at the same time"


def test_what_was_made_again_after_the_last_run_had_ended_was_gone(store: Store) -> None:
    note(store, NOON, NOON + HOUR, make(store, k=20))
    note(store, NOON + 2 * HOUR, NOON + 3 * HOUR, make(store, k=20))

    _, told = explain(store)

    assert told == "  neighbours  made again: it was damaged or gone"


def test_what_was_there_when_the_run_began_is_as_before(store: Store) -> None:
    now = datetime.now(UTC)
    note(store, now - HOUR, now, make(store, k=20))
    note(store, now + HOUR, now + 2 * HOUR, make(store, k=20))

    _, told = explain(store)

    assert told == "  neighbours  as before"
