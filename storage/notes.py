"""Notes: what runs say of themselves, kept for people; nothing depends on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from songspace.sealed import JSON
from storage.errors import disk_errors
from storage.layout import Layout


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
        unfinished.replace(path)


def last_notes(layout: Layout, number: int) -> list[dict[str, Any]]:
    """The last *number* notes by name, or as many as there are."""
    with disk_errors(layout.root, "read the notes of runs"):
        paths = sorted(layout.notes.glob("*.json"))[-number:]
        return [json.loads(path.read_text()) for path in paths]
