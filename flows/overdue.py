"""Whether runs still happen, asked of the store alone: it needs neither Prefect nor its server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flows.alert_log import add_alert, alert
from songspace.errors import SongspaceError
from storage.store import Store

LOOKED_AT: Final = 1000
"""Runs that are looked through, from the last one back."""


class Overdue(SongspaceError):
    """No run was completed for too long."""


def require_recent_run(root: str, hours: float) -> str:
    """When the last run of a store was completed, in a sentence.

    Raises:
        Overdue: If that is more than *hours* ago; the same is then in the store's alerts.log.
    """
    store = Store.existing(root)
    notes = store.last_notes(LOOKED_AT)
    completed = last_completed(notes)
    if completed and datetime.now(UTC) - completed <= timedelta(hours=hours):
        return f"the last run in {store.root} was completed on {moment(completed)}"
    line = alert(f"Overdue pipeline {store.root}: {late(notes, completed, hours)}")
    add_alert(store, line)
    raise Overdue(line)


def last_completed(notes: Sequence[dict[str, Any]]) -> datetime | None:
    """When the last run ended that was completed; a refused or broken one is none."""
    ends = [note["ended"] for note in notes if note.get("state") == "completed"]
    return max(map(datetime.fromisoformat, ends), default=None)


def late(notes: Sequence[dict[str, Any]], completed: datetime | None, hours: float) -> str:
    """What is known of the time since the last completed run."""
    since = f"the last one on {moment(completed)}" if completed else "none ever"
    begun = (
        f"; one begun on {notes[-1]['started'][:16]} is {notes[-1].get('state', 'of unknown end')}"
        if notes
        else ""
    )
    return f"no run was completed in {hours:g} hours, {since}{begun}"


def moment(time: datetime) -> str:
    """A moment for people."""
    return f"{time:%Y-%m-%d %H:%M} UTC"
