"""Releases in a bucket: copied there by the server, and there for readers once their manifest is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from songspace.errors import Damaged
from songspace.kept import verify
from songspace.manifest import MANIFEST, Manifest, dump_manifest, read_manifest
from songspace.places import each
from songspace.s3 import bucket
from songspace.s3.cache import mirror
from songspace.s3.url import Url
from songspace.sealed import JSON
from storage.errors import disk_errors
from storage.layout import BucketLayout
from storage.releases import (
    Member,
    Parts,
    all_taken,
    candidates,
    equal_release,
    is_of,
    members,
    recipe_of,
)
from storage.s3.artifacts import fetch_all
from storage.s3.claims import claimed
from storage.s3.marks import mark_used

log = logging.getLogger(__name__)

Members = Mapping[str, Member[Url]]


def build_release(layout: BucketLayout, parts: Parts, meta: Mapping[str, JSON]) -> str:
    """Put *parts* together as one release and return its id; nothing is live by that.

    A whole release of the same content, parts and `meta["artifacts"]` is returned as it is.

    Raises:
        Damaged: If a file of an artifact is not what was committed.
        NotFound: If an artifact or a folder of it is not there.
        ValueError: If a folder's name, a table's content or *meta* cannot be published.
        StoreError: If the server refuses.
    """
    recipe = recipe_of(parts, meta)
    with disk_errors(layout.root, "build a release"):
        found = members(layout, parts)
        files = {name: member.facts for name, member in found.items()}
        equal = equal_release(layout, files, recipe)
        if equal is not None:
            mark_used(layout, name_of(equal))
            return equal
        for manifest in candidates(files, recipe):
            try:
                if _publish(layout, found, manifest):
                    return manifest.version
            except Damaged:
                members(layout, parts)  # NotFound, if it is only that a cleaning came between
                raise
    raise all_taken(layout, manifest.version)


def name_of(release: str) -> str:
    """The release's folder in a store."""
    return f"releases/{release}"


def local_part(layout: BucketLayout, release: str, folder: str) -> Path:
    """One folder of a release, on this machine; empty or absent if its manifest lists nothing in it.

    Raises:
        NotFound: If there is no such release.
        Damaged: If the bucket gives another file than was published.
        SongspaceError: If the server or the disk refuses.
    """
    place = layout.release(release)
    files = read_manifest(place).below(folder)
    return fetch_all(place, files, folder) if files else mirror(place / folder)


def is_there(layout: BucketLayout, release: str) -> bool:
    """Whether there is such a release: it has its manifest."""
    return bucket.look(layout.release(release) / MANIFEST) is not None


def _publish(layout: BucketLayout, found: Members, manifest: Manifest) -> bool:
    """Copy the files and check the copies, then write the manifest; whether the id was free."""
    place = layout.release(manifest.version)
    with claimed(layout, name_of(manifest.version)):
        if bucket.look(place / MANIFEST) is not None:
            return False
        try:
            each(place, lambda name: _copy(found[name].source, place / name), found)
            verify(place, manifest)
        except BaseException:
            _clear(place, found)
            raise
        return _create(place, manifest)


def _copy(source: Url, target: Url) -> None:
    """Copy one object that a manifest lists."""
    try:
        bucket.copy(source, target)
    except FileNotFoundError as error:
        raise Damaged(f"{source} is missing.") from error


def _create(place: Url, manifest: Manifest) -> bool:
    """Write the manifest where none is; whether it, or one that says the same, is there now."""
    try:
        bucket.create(place / MANIFEST, dump_manifest(manifest))
    except (
        FileExistsError
    ):  # an earlier try of this call, or somebody who builds the same this second
        there = read_manifest(place)
        return there.digest == manifest.digest and is_of(there, manifest.recipe)
    return True


def _clear(place: Url, found: Members) -> None:
    """Remove what was copied; what the server refuses stays, without a manifest, for a cleaning."""
    try:
        if bucket.look(place / MANIFEST) is None:
            bucket.remove(place / name for name in found)
    except OSError as error:
        log.warning("could not remove %s: %s", place, error)
