"""The log of what a person should know of a store, one line each: alerts.log in the store."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from storage.errors import disk_errors
from storage.store import Store

ALERTS = "alerts.log"


def alert(text: str) -> str:
    """One line that says *text* now, without a line break or anything a terminal would act upon."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {printable.strip()}"


def add_alert(store: Store, line: str) -> None:
    """Add a line to the store's log; lines of several processes never mix.

    Raises:
        StoreError: If the disk refuses.
    """
    with disk_errors(store.root, f"add a line to {ALERTS}"):
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = os.open(store.root / ALERTS, flags, 0o644)
        try:
            os.write(file, f"{line}\n".encode())
        finally:
            os.close(file)
