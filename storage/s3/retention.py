"""Cleaning a bucket: what goes is condemned first, and loses its manifest before anything else."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from songspace.errors import Damaged
from songspace.manifest import MANIFEST, read_manifest
from songspace.s3 import bucket
from songspace.s3.bucket import ObjectFacts
from storage.errors import StoreError, disk_errors
from storage.layout import BucketLayout, Layout
from storage.retention import GcReport, kept_releases, references_in, refuse_negative
from storage.s3.cache import clean_cache
from storage.s3.claims import condemned, forget_dead
from storage.s3.marks import last_used

log = logging.getLogger(__name__)

Things = dict[str, list[ObjectFacts]]
"""What lies below each folder of the store, such as releases/<id>; whole or not."""

_DEPTH_OF_RELEASES: Final = 1
_DEPTH_OF_ARTIFACTS: Final = 2


def gc(layout: BucketLayout, local: Layout, keep_releases: int, min_age: timedelta) -> GcReport:
    """Remove what no kept release needs and nobody made or asked for lately, see `storage.retention.gc`.

    Ages are told by the server's clock. What has no manifest, as after a killed upload, goes by its age too. Readers
    hold nothing in a bucket: what they have open is spared while it is young.

    Raises:
        StoreError: If the newest entry of the ledger is damaged, or the server refuses.
        SongspaceError: If an entry has a newer format.
        ValueError: If a limit is negative.
    """
    refuse_negative(keep_releases, min_age)
    with disk_errors(layout.root, "clean up"):
        now = _server_time(layout)
        cleaning = _Cleaning(layout, now - min_age, last_used(layout))
        releases = cleaning.remove(
            things_below(layout, "releases", _DEPTH_OF_RELEASES),
            lambda: {f"releases/{release}" for release in kept_releases(layout, keep_releases)},
        )
        artifacts = things_below(layout, "artifacts", _DEPTH_OF_ARTIFACTS)
        needed = _needed_artifacts(layout, artifacts)
        removed = cleaning.remove(artifacts, lambda: needed)
        forget_dead(layout, now)
        swept = clean_cache(layout, local, min_age)
    return GcReport(
        releases=tuple(name.removeprefix("releases/") for name in releases),
        artifacts=tuple(name.removeprefix("artifacts/") for name in removed),
        drafts=swept.drafts,
        quarantined=(),
        unfinished=swept.unfinished,
        held=(*(name.partition("/")[2] for name in cleaning.held), *swept.held),
        freed_bytes=cleaning.freed_bytes,
    )


def things_below(layout: BucketLayout, folder: str, depth: int) -> Things:
    """What lies in a folder of the store, by the names of the folders *depth* below it."""
    things: Things = {}
    for one in bucket.walk(layout.root / folder):
        segments = one.name.split("/")
        if len(segments) > depth:
            things.setdefault("/".join([folder, *segments[:depth]]), []).append(one)
    return things


@dataclass
class _Cleaning:
    """Removal of old things, with a count of what it brought."""

    layout: BucketLayout
    before: datetime  # what is younger stays
    used: dict[str, datetime]
    held: list[str] = field(default_factory=list)
    freed_bytes: int = 0

    def remove(self, things: Things, kept: Callable[[], Collection[str]]) -> list[str]:
        """Remove the old ones that are not *kept*, as it is asked again for each, nor claimed; returns their names."""
        spared = kept()
        old = [name for name in sorted(things) if name not in spared and self._is_old(name, things)]
        return [name for name in old if self._remove(name, things[name], kept)]

    def _is_old(self, name: str, things: Things) -> bool:
        """Whether nobody wrote or asked for it lately."""
        newest = max(one.modified for one in things[name])
        return max(newest, self.used.get(name, newest)) <= self.before

    def _remove(
        self, name: str, objects: list[ObjectFacts], kept: Callable[[], Collection[str]]
    ) -> bool:
        """Take the manifest away, and so the thing whole, then its files; not while somebody has claimed it."""
        with condemned(self.layout, name) as free:
            if not free:
                self.held.append(name)
                return False
            mark = bucket.look(self.layout.used / name)
            if name in kept() or (mark is not None and mark.modified > self.before):
                return False
            bucket.remove([self.layout.root / name / MANIFEST])
            folder = name.partition("/")[0]
            bucket.remove(self.layout.root / folder / one.name for one in objects)
            bucket.remove([self.layout.used / name])
        self.freed_bytes += sum(one.size for one in objects)
        log.info("removed %s", self.layout.root / name)
        return True


def _needed_artifacts(layout: BucketLayout, artifacts: Things) -> set[str]:
    """The names of the artifacts that the remaining releases name.

    All artifacts, if one of these releases cannot say what it names; what has no manifest is no release.
    """
    releases = things_below(layout, "releases", _DEPTH_OF_RELEASES)
    whole = [name for name, objects in releases.items() if _has_manifest(name, objects)]
    try:
        recipes = [read_manifest(layout.root / name).recipe for name in whole]
    except Damaged as error:
        log.warning("removed no artifact, since what this release needs is not known: %s", error)
        return set(artifacts)
    named = (reference for recipe in recipes for reference in references_in(recipe))
    return {f"artifacts/{kind}/{version}" for kind, version in named}


def _has_manifest(name: str, objects: list[ObjectFacts]) -> bool:
    """Whether a manifest is among the objects of a release."""
    manifest = f"{name.partition('/')[2]}/{MANIFEST}"
    return any(one.name == manifest for one in objects)


def _server_time(layout: BucketLayout) -> datetime:
    """What the server's clock says now."""
    trial = layout.trials / secrets.token_hex(8)
    bucket.put(trial, b"")
    try:
        found = bucket.look(trial)
    finally:
        bucket.remove([trial])
    if found is None:
        raise StoreError(f"{trial} was removed as soon as it was written: nothing was removed.")
    return found.modified
