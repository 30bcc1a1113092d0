"""Releases: the parts of one run, linked into one folder under one manifest."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from songspace.errors import Damaged, NotFound
from songspace.integrity import verify_files
from songspace.ledger import RELEASE_ID
from songspace.manifest import (
    MANIFEST,
    RELEASE,
    FileFacts,
    Manifest,
    content_digest,
    dump_manifest,
    read_manifest,
)
from songspace.release import TABLES
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef, manifest_of
from storage.disk import flush, flush_folders, holding, link_or_copy, write_flushed
from storage.drafts import draft
from storage.errors import StoreError, disk_errors
from storage.layout import Layout

log = logging.getLogger(__name__)

Parts: TypeAlias = Mapping[str, tuple[ArtifactRef, str]]
"""Folder of the release -> an artifact and the folder of it that goes there."""

PARTS: Final = "parts"
"""Field of a release's recipe that says which artifacts its folders came from."""

_PART: Final = re.compile(r"part-[A-Za-z0-9_-]+\.parquet")
_FOLDER: Final = re.compile(r"[a-z][a-z_]{0,63}")
_SECONDS: Final = 60  # ids that may be taken by other releases of the same content


def build_release(layout: Layout, parts: Parts, meta: Mapping[str, JSON]) -> str:
    """Put *parts* together as one release and return its id; nothing is live by that.

    A whole release of the same content, parts and `meta["artifacts"]` is returned as it is.

    Raises:
        Damaged: If a file of an artifact is not what was committed.
        NotFound: If an artifact or a folder of it is not there.
        ValueError: If a folder's name, a table's content or *meta* cannot be published.
        StoreError: If the disk refuses.
    """
    _check_names(parts, meta)
    recipe = {**json.loads(json.dumps(meta, allow_nan=False)), PARTS: _named(parts)}
    with (
        disk_errors(layout.root, "build a release"),
        holding(layout.lock, fcntl.LOCK_SH),
        draft(layout) as folder,
    ):
        files = _link_parts(layout, parts, folder)
        release = _equal_release(layout, files, recipe) or _publish(layout, folder, files, recipe)
        flush(layout.releases)
    return release


def verify_release(layout: Layout, release: str) -> Manifest:
    """Hash every file of a release again and return its manifest.

    Raises:
        NotFound: If there is no such release.
        Damaged: If a file is missing, unexpected or changed; the message names it.
        SongspaceError: If the disk does not give it: it may still be whole.
    """
    folder = layout.release(release)
    manifest = read_manifest(folder)
    if (manifest.kind, manifest.version) != (RELEASE, release):
        raise Damaged(f"{folder} has the {MANIFEST} of {manifest.kind}/{manifest.version}.")
    verify_files(folder, manifest)
    return manifest


def release_ids(layout: Layout) -> Iterator[str]:
    """The ids of all releases, by name."""
    for folder in sorted(layout.releases.iterdir()):
        if RELEASE_ID.fullmatch(folder.name):
            yield folder.name


def _check_names(parts: Parts, meta: Mapping[str, JSON]) -> None:
    """Refuse folders that could lead out of the release, before any work."""
    if not parts or PARTS in meta:
        raise ValueError(f"Expected at least one part, and no {PARTS!r} in meta {sorted(meta)}.")
    for name in (*parts, *(folder for _, folder in parts.values())):
        if not _FOLDER.fullmatch(name):
            raise ValueError(f"{name[:80]!r} is not a folder's name: expected a-z and _ only.")


def _named(parts: Parts) -> dict[str, JSON]:
    """The parts as they stand in the manifest."""
    return {
        folder: {**ref.model_dump(), "folder": source} for folder, (ref, source) in parts.items()
    }


def _link_parts(layout: Layout, parts: Parts, draft: Path) -> dict[str, FileFacts]:
    """Link every part into *draft*; returns what their own manifests say of the files."""
    files: dict[str, FileFacts] = {}
    for folder, (ref, source) in parts.items():
        found = manifest_of(layout, ref).below(source)
        if not found:
            raise NotFound(f"{ref.kind}/{ref.version} has no folder {source!r}.")
        for name, facts in found.items():
            target = folder + name.removeprefix(source)
            if folder in TABLES and not _PART.fullmatch(target.removeprefix(f"{folder}/")):
                raise ValueError(f"Table {folder!r} may hold part-*.parquet only, found {name!r}.")
            (draft / target).parent.mkdir(parents=True, exist_ok=True)
            _link(layout.artifact(ref.kind, ref.version) / name, draft / target)
            files[target] = facts
    return files


def _link(source: Path, target: Path) -> None:
    """Link one file that a manifest lists."""
    try:
        link_or_copy(source, target)
    except FileNotFoundError as error:
        raise Damaged(f"{source} is missing.") from error


def _publish(
    layout: Layout, draft: Path, files: Mapping[str, FileFacts], recipe: Mapping[str, JSON]
) -> str:
    """Rename the draft to a release, under the first id that is free."""
    now = datetime.now(UTC).replace(microsecond=0)
    for second in range(_SECONDS):
        created_at = now + timedelta(seconds=second)
        release = f"{created_at:%Y%m%dT%H%M%SZ}-{content_digest(files)[:8]}"
        manifest = Manifest(RELEASE, release, created_at, recipe, files)
        if second == 0:
            verify_files(draft, manifest)
        (draft / MANIFEST).unlink(missing_ok=True)
        write_flushed(draft / MANIFEST, dump_manifest(manifest))
        flush_folders(draft)
        try:
            draft.rename(layout.release(release))
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
        else:
            return release
    raise StoreError(f"{_SECONDS} ids from {release} on are taken in {layout.releases}.")


def _equal_release(
    layout: Layout, files: Mapping[str, FileFacts], recipe: Mapping[str, JSON]
) -> str | None:
    """The newest whole release of the same files that came from the same artifacts."""
    digest = content_digest(files)
    alike = [release for release in release_ids(layout) if release.endswith(digest[:8])]
    for release in reversed(alike):
        try:
            manifest = verify_release(layout, release)
        except (Damaged, NotFound) as error:
            log.warning("built a release again: %s", error)
            continue
        if manifest.digest == digest and _origin(manifest.recipe) == _origin(recipe):
            os.utime(layout.release(release))  # the cleaning goes by it
            return release
    return None


def _origin(recipe: Mapping[str, JSON]) -> tuple[JSON, JSON]:
    """What a release came from, as far as it makes one release another than the next."""
    return recipe[PARTS], recipe.get("artifacts")
