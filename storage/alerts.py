"""Alerts: lines that a person should know of a store, in alerts.log."""

from __future__ import annotations

import os

from storage.errors import disk_errors
from storage.layout import Layout


def add_alert(layout: Layout, line: str) -> None:
    """Add a line to the store's log; lines of several processes never mix.

    Raises:
        StoreError: If the disk refuses.
    """
    with disk_errors(layout.root, f"add a line to {layout.alerts.name}"):
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = os.open(layout.alerts, flags, 0o644)
        try:
            os.write(file, f"{line}\n".encode())
        finally:
            os.close(file)
