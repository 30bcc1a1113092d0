"""A line for the log of what a person should know of a store: alerts.log in the store."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.store import Store

ALERTS = "alerts.log"


def alert(text: str) -> str:
    """One line that says *text* now, without a line break or anything a terminal would act upon."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {printable.strip()}"


def add_alert(store: Store, line: str) -> None:
    """Add a line to the store's log.

    Raises:
        StoreError: If the store refuses.
    """
    store.add_alert(line)
