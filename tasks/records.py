"""Prefect's records of tasks, looked at before Prefect reads them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Final

from prefect.serializers import JSONSerializer
from prefect.utilities.importtools import to_qualified_name

log = logging.getLogger(__name__)

OURS: Final = JSONSerializer().model_dump(mode="json")
"""The serializer that a record of ours names."""


def remove_forged(record: Path, gives: type) -> None:
    """Remove a record that is not of a task that *gives* such a result; without one the task works again.

    Prefect calls whatever a record names: a decoder, a class, and pickle where it names nothing.
    """
    try:
        ours = is_ours(json.loads(record.read_bytes()), to_qualified_name(gives))
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):  # torn, or of a failure
        ours = False
    if not ours:
        log.warning("not reused: %s is not the record of a task that ended well", record)
        record.unlink(missing_ok=True)


def is_ours(record: dict[str, Any], gives: str) -> bool:
    """Whether *record* names our serializer, and in its result one class: *gives*."""
    named: list[object] = []

    def note(found: dict[str, Any]) -> dict[str, Any]:
        named.extend(found[name] for name in ("__class__", "__exc_type__") if name in found)
        return found

    json.loads(record["result"], object_hook=note)
    return record["metadata"]["serializer"] == OURS and named == [gives]
