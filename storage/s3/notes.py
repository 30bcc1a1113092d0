"""Notes and alerts in a bucket: what runs say of themselves, and what a person should know; an object each."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from songspace.places import each, names_in
from songspace.s3 import bucket
from songspace.s3.url import Url
from songspace.sealed import JSON
from storage.errors import disk_errors
from storage.layout import BucketLayout
from storage.notes import parse

log = logging.getLogger(__name__)


def write_note(layout: BucketLayout, name: str, note: Mapping[str, JSON]) -> None:
    """Keep *note* under *name*, in the place of an earlier one of that name.

    Raises:
        StoreError: If the server refuses.
    """
    with disk_errors(layout.root, f"note {name}"):
        bucket.put(layout.notes / f"{name}.json", json.dumps(note, indent=1).encode())


def last_notes(layout: BucketLayout, number: int) -> list[dict[str, Any]]:
    """The last *number* notes by name, or as many as there are; one that is torn is passed over, with a warning.

    Raises:
        StoreError: If the server refuses.
    """

    def read(name: str) -> dict[str, Any] | None:
        url: Url = layout.notes / name
        return parse(bucket.read(url), url)

    with disk_errors(layout.root, "read the notes of runs"):
        names = sorted(name for name in names_in(layout.notes) if name.endswith(".json"))
        return [note for note in each(layout.notes, read, names[-number:]) if note is not None]


def add_alert(layout: BucketLayout, line: str) -> None:
    """Keep a line as an object of its own, since none can be added to; by their names they are in order.

    Raises:
        StoreError: If the server refuses.
    """
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.log"
    with disk_errors(layout.root, "add an alert"):
        bucket.put(layout.alerts / name, f"{line}\n".encode())
