"""Prefect's records of tasks whose results are gone."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

from storage.artifacts import ArtifactRef
from storage.store import Store


def forget_results(store: Store, min_age: timedelta) -> int:
    """Remove the records that point at nothing any more, or tell of a failure; gives their number.

    Nothing is lost by it: a record like that is a cache miss. Records younger than *min_age* stay.
    """
    before = time.time() - min_age.total_seconds()
    old = [path for path in store.records.glob("*") if path.stat().st_mtime < before]
    useless = [path for path in old if not points_at_something(store, path)]
    for path in useless:
        path.unlink(missing_ok=True)
    return len(useless)


def points_at_something(store: Store, record: Path) -> bool:
    """Whether the artifact or release that a record names is there; its files are not hashed."""
    try:
        result = json.loads(json.loads(record.read_bytes())["result"])["data"]
    except (ValueError, KeyError, TypeError):
        return False  # torn, or of a failure
    if "release" in result:
        return result["release"] in store.releases()
    return "version" in result and store.holds(ArtifactRef.model_validate(result))
