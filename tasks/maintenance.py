"""Maintenance: are the releases whole, what may go, would a rollback work."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias

from prefect import task
from prefect.cache_policies import NO_CACHE
from pydantic import BaseModel, ConfigDict

from songspace.errors import Damaged, NotFound
from storage.drill import DrillReport
from storage.store import Store
from tasks.cleaning import Cleaned, clean
from tasks.stage import RETRY_DELAYS_S, may_pass

log = logging.getLogger(__name__)

Verify: TypeAlias = Literal["live", "kept"]
"""Which releases are hashed again: the live one, or all that a cleaning spares."""

ASKED_ANEW: Final[dict[str, Any]] = {
    "cache_policy": NO_CACHE,  # how the disk is now is the very question
    "persist_result": False,
    "retries": len(RETRY_DELAYS_S),
    "retry_delay_seconds": RETRY_DELAYS_S,
    "retry_condition_fn": may_pass,
    "timeout_seconds": 4 * 3600,
}


class Checked(BaseModel):
    """What was hashed again and found whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    releases: tuple[str, ...]  # ids
    size: int  # bytes


@task(task_run_name="verify", **ASKED_ANEW)
def verify(store: Store, which: Verify, keep: int) -> Checked:
    """Hash the live release again, or every release that stays."""
    checked = check_releases(store, which, keep)
    log.info("%d releases are whole, %.1f MB", len(checked.releases), checked.size / 1e6)
    return checked


@task(task_run_name="clean", **ASKED_ANEW)
def remove_old(store: Store, keep: int, older_than_days: float) -> Cleaned:
    """Remove what is old and no kept release needs."""
    cleaned = clean(store, keep, timedelta(days=older_than_days))
    log.info("removed=%d freed=%d bytes", len(cleaned.gc.removed), cleaned.gc.freed_bytes)
    return cleaned


@task(task_run_name="rollback drill", **ASKED_ANEW)
def drill(store: Store) -> DrillReport:
    """Try a rollback in a temporary store."""
    return store.drill()


def check_releases(store: Store, which: Verify, keep: int) -> Checked:
    """Hash every file of the live release, or of all that stay beside *keep*, against their manifests.

    Raises:
        Damaged: If one of them is not whole; the message names each, and says what to do.
        SongspaceError: If the disk does not give a file: it may still be whole.
    """
    sizes, faults = {}, []
    for release in to_check(store, which, keep):
        try:
            sizes[release] = store.verify_release(release).size
        except (Damaged, NotFound) as error:
            faults.append(f"{release}: {error}")
    if faults:
        raise Damaged(
            f"{len(faults)} of {len(faults) + len(sizes)} releases are damaged, so nothing was "
            f"removed. {' '.join(faults)} Restore the files from a backup; a live release can be "
            "rolled back (python -m flows rollback) or made again (python -m flows run --fresh)."
        )
    return Checked(releases=tuple(sizes), size=sum(sizes.values()))


def to_check(store: Store, which: Verify, keep: int) -> list[str]:
    """The releases to be hashed: those that must be there, and of the rest those that are."""
    head, there = store.head(), set(store.releases())
    live = [head.release] if head else []
    if which == "live":
        return live
    kept = there.intersection(store.kept_releases(keep))
    return sorted(kept.union(live, store.pins()))
