"""Cleaning: what no kept release needs, and Prefect's records of tasks whose results are gone."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from storage.artifacts import ArtifactRef
from storage.retention import GcReport
from storage.store import Store


class Cleaned(BaseModel):
    """What one cleaning removed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gc: GcReport
    forgotten: int  # records of tasks


def clean(store: Store, keep: int, min_age: timedelta) -> Cleaned:
    """Remove all that is old and needed by none of the *keep* last releases, see `Store.gc`.

    Raises:
        SongspaceError: If it is not certain what is live, or the disk refuses.
    """
    report = store.gc(keep_releases=keep, min_age=min_age)
    return Cleaned(gc=report, forgotten=forget_results(store, min_age))


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
