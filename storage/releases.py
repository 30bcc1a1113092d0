"""Releases: the parts of one run, linked into one folder under one manifest."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Generic, TypeAlias

from songspace.errors import Damaged, NotFound
from songspace.integrity import verify_files
from songspace.kept import verify
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
from songspace.places import AnyPlace, names_in
from songspace.release import TABLES
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef, files_below
from storage.disk import flush, flush_folders, holding, link_or_copy, write_flushed
from storage.drafts import draft
from storage.errors import StoreError, disk_errors
from storage.layout import Folders, Layout

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
    recipe = recipe_of(parts, meta)
    with (
        disk_errors(layout.root, "build a release"),
        holding(layout.lock, fcntl.LOCK_SH),
        draft(layout) as folder,
    ):
        files = _link_parts(layout, parts, folder)
        release = _equal_release(layout, files, recipe) or _publish(layout, folder, files, recipe)
        flush(layout.releases)
    return release


def verify_release(layout: Folders[AnyPlace], release: str) -> Manifest:
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
    verify(folder, manifest)
    return manifest


def release_ids(layout: Folders[AnyPlace]) -> Iterator[str]:
    """The ids of all releases, by name."""
    for name in sorted(names_in(layout.releases)):
        if RELEASE_ID.fullmatch(name):
            yield name


def recipe_of(parts: Parts, meta: Mapping[str, JSON]) -> dict[str, JSON]:
    """What the manifest of a release says it was made from.

    Raises:
        ValueError: If a folder's name or *meta* cannot be published.
    """
    _check_names(parts, meta)
    return {**json.loads(json.dumps(meta, allow_nan=False)), PARTS: _named(parts)}


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


@dataclass(frozen=True)
class Member(Generic[AnyPlace]):
    """One file of a release to be."""

    source: AnyPlace
    facts: FileFacts


def members(layout: Folders[AnyPlace], parts: Parts) -> dict[str, Member[AnyPlace]]:
    """The files of a release by their names in it, as the manifests of its *parts* list them.

    Raises:
        NotFound: If an artifact or a folder of it is not there.
        ValueError: If a table holds what is no part of it.
    """
    found: dict[str, Member[AnyPlace]] = {}
    for folder, (ref, source) in parts.items():
        for name, facts in files_below(layout, ref, source).items():
            target = folder + name.removeprefix(source)
            if folder in TABLES and not _PART.fullmatch(target.removeprefix(f"{folder}/")):
                raise ValueError(f"Table {folder!r} may hold part-*.parquet only, found {name!r}.")
            found[target] = Member(layout.artifact(ref.kind, ref.version) / name, facts)
    return found


def _link_parts(layout: Layout, parts: Parts, draft: Path) -> dict[str, FileFacts]:
    """Link every part into *draft*; returns what their own manifests say of the files."""
    found = members(layout, parts)
    for target, member in found.items():
        (draft / target).parent.mkdir(parents=True, exist_ok=True)
        _link(member.source, draft / target)
    return {target: member.facts for target, member in found.items()}


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
    for at, manifest in enumerate(candidates(files, recipe)):
        if at == 0:
            verify_files(draft, manifest)
        (draft / MANIFEST).unlink(missing_ok=True)
        write_flushed(draft / MANIFEST, dump_manifest(manifest))
        flush_folders(draft)
        try:
            draft.rename(layout.release(manifest.version))
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
        else:
            return manifest.version
    raise all_taken(layout, manifest.version)


def candidates(files: Mapping[str, FileFacts], recipe: Mapping[str, JSON]) -> Iterator[Manifest]:
    """Manifests of a release of *files* under one id after the other: the first that is free is taken."""
    now = datetime.now(UTC).replace(microsecond=0)
    for second in range(_SECONDS):
        created_at = now + timedelta(seconds=second)
        release = f"{created_at:%Y%m%dT%H%M%SZ}-{content_digest(files)[:8]}"
        yield Manifest(RELEASE, release, created_at, recipe, files)


def all_taken(layout: Folders[AnyPlace], last: str) -> StoreError:
    """What to raise if none of them is free."""
    return StoreError(f"{_SECONDS} ids up to {last} are taken in {layout.releases}.")


def _equal_release(
    layout: Layout, files: Mapping[str, FileFacts], recipe: Mapping[str, JSON]
) -> str | None:
    """The newest whole release of the same files from the same artifacts, marked as asked for."""
    release = equal_release(layout, files, recipe)
    if release is not None:
        os.utime(layout.release(release))  # the cleaning goes by it
    return release


def equal_release(
    layout: Folders[AnyPlace], files: Mapping[str, FileFacts], recipe: Mapping[str, JSON]
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
        if manifest.digest == digest and is_of(manifest, recipe):
            return release
    return None


def is_of(manifest: Manifest, recipe: Mapping[str, JSON]) -> bool:
    """Whether a release came from what *recipe* names, as far as it makes one another than the next."""
    theirs, ours = manifest.recipe, recipe
    return (theirs[PARTS], theirs.get("artifacts")) == (ours[PARTS], ours.get("artifacts"))
