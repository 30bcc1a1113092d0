"""Notes: what runs say of themselves, kept for people; nothing depends on them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from songspace.places import Place
from songspace.sealed import JSON
from storage.disk import flush
from storage.errors import disk_errors
from storage.layout import Layout

log = logging.getLogger(__name__)


def write_note(layout: Layout, name: str, note: Mapping[str, JSON]) -> None:
    """Keep *note* under *name*, in the place of an earlier one of that name.

    Raises:
        StoreError: If the disk refuses.
    """
    path = layout.notes / f"{name}.json"
    unfinished = path.with_suffix(".part")
    with disk_errors(layout.root, f"note {name}"):
        layout.notes.mkdir(exist_ok=True)
        unfinished.write_text(json.dumps(note, indent=1))
        flush(unfinished)
        unfinished.replace(path)


def last_notes(layout: Layout, number: int) -> list[dict[str, Any]]:
    """The last *number* notes by name, or as many as there are; one that is torn is passed over, with a warning."""
    with disk_errors(layout.root, "read the notes of runs"):
        paths = sorted(layout.notes.glob("*.json"))[-number:]
        notes = (parse(path.read_bytes(), path) for path in paths)
        return [note for note in notes if note is not None]


def parse(data: bytes, path: Place) -> dict[str, Any] | None:
    """The note in *data*; None, with a warning that names its *path*, if it is none."""
    try:
        note = json.loads(data)
    except ValueError as error:
        log.warning("passed over a note that cannot be read: %s (%s)", path, error)
        return None
    if not isinstance(note, dict):
        log.warning("passed over what is no note of a run: %s", path)
        return None
    return note
