"""Artifacts: what one task wrote, under a version that follows from its content and its recipe."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from songspace.errors import Damaged, NotFound
from songspace.integrity import hash_files, list_files, verify_files
from songspace.manifest import (
    MANIFEST,
    RELEASE,
    FileFacts,
    Manifest,
    dump_manifest,
    read_manifest,
)
from songspace.places import AnyPlace
from songspace.sealed import JSON, sha256_of
from storage.disk import (
    flush,
    flush_folders,
    holding,
    link_or_copy,
    make_folders,
    make_read_only,
    write_flushed,
)
from storage.drafts import new_name
from storage.errors import StoreError, disk_errors
from storage.layout import Folders, Layout

log = logging.getLogger(__name__)

_KIND: Final = r"^[a-z][a-z_]{0,63}$"
_VERSION: Final = r"^[0-9a-f]{20}$"
_ATTEMPTS: Final = 5  # racing writers of one damaged version may each move it aside once


Linked = Mapping[str, FileFacts]
"""Files of a draft, by their names there, that are links to files of artifacts: what the manifests say of these."""


class ArtifactRef(BaseModel):
    """Name of an artifact: small, frozen, and all that tasks hand to one another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(pattern=_KIND, description="What it is, such as songs.")
    version: str = Field(pattern=_VERSION, description="Digest of content and recipe.")


def commit(
    layout: Layout, draft: Path, kind: str, recipe: Mapping[str, JSON], linked: Linked | None = None
) -> ArtifactRef:
    """Make *draft* the artifact that its content and *recipe* name, whole and flushed to the disk.

    The same content and recipe give the same reference, and are kept once. What was *linked* is not hashed again.

    Raises:
        StoreError: If the disk refuses. The artifact may stand; doing it all again is safe.
        ValueError: If the draft is empty, or holds a link or a name that cannot be published, or not what was linked.
    """
    with disk_errors(layout.root, f"commit an artifact of kind {kind!r}"):
        ref, manifest = described(layout, draft, kind, recipe, linked)
        write_flushed(draft / MANIFEST, dump_manifest(manifest))
        flush_folders(draft)
        with holding(layout.lock, fcntl.LOCK_SH):
            _move_in(layout, draft, ref)
    return ref


def described(
    layout: Layout, draft: Path, kind: str, recipe: Mapping[str, JSON], linked: Linked | None = None
) -> tuple[ArtifactRef, Manifest]:
    """What *draft*, hashed and frozen, is as an artifact.

    Raises:
        OSError: If the disk refuses.
        ValueError: If the draft is empty, or holds a link or a name that cannot be published, or not what was linked.
    """
    _check_kind(kind)
    recipe = json.loads(json.dumps(recipe, allow_nan=False))
    files = settle(layout, draft, linked or {})
    ref = ArtifactRef(kind=kind, version=version_of(kind, recipe, files))
    return ref, Manifest(kind, ref.version, datetime.now(UTC), recipe, files)


def settle(layout: Layout, draft: Path, linked: Linked) -> dict[str, FileFacts]:
    """Flush, freeze and hash the files of *draft*; of those *linked* the size is compared.

    Raises:
        ValueError: If it is no draft of this store, or holds nothing, or what cannot be published, or not what was
            linked.
    """
    if draft.parent != layout.staging or draft.is_symlink():
        raise ValueError(f"{draft} is not a draft of the store {layout.root}.")
    try:
        names = list(list_files(draft))
    except Damaged as error:
        raise ValueError(f"This draft cannot be kept: {error}") from error
    if not names or (draft / MANIFEST).exists():
        raise ValueError(f"Expected files and no {MANIFEST} in the draft {draft}, found {names}.")
    for name in names:
        make_read_only(draft / name)
        flush(draft / name)
    there = set(names)
    for name, facts in linked.items():
        if name not in there or (draft / name).stat().st_size != facts.size:
            raise ValueError(
                f"{draft / name} is not the file of {facts.size} bytes that was linked."
            )
    hashed = hash_files(draft, (name for name in names if name not in linked))
    return {name: linked.get(name) or hashed[name] for name in names}


def version_of(kind: str, recipe: Mapping[str, JSON], files: Mapping[str, FileFacts]) -> str:
    """The version that follows from what the artifact is, was made from, and holds."""
    digests = {name: facts.sha256 for name, facts in files.items()}
    return sha256_of({"kind": kind, "recipe": recipe, "files": digests})[:20]


def _check_kind(kind: str) -> None:
    """Refuse a kind that is no plain name, or the one that manifests of releases carry."""
    if kind == RELEASE or not re.fullmatch(_KIND, kind):
        raise ValueError(f"Expected a kind of a-z and _ other than {RELEASE!r}, got {kind[:80]!r}.")


def _move_in(layout: Layout, draft: Path, ref: ArtifactRef) -> None:
    """Rename the draft to where *ref* points, unless the same is there already and whole."""
    target = layout.artifact(ref.kind, ref.version)
    make_folders([target.parent])
    for _ in range(_ATTEMPTS):
        try:
            draft.rename(target)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
            if not _is_whole(layout, ref):
                _set_aside(layout, ref)
                continue
        # Also where another writer renamed: that one may have died before flushing.
        flush(target.parent)
        return
    raise StoreError(f"{target} was replaced {_ATTEMPTS} times by damaged versions of itself.")


def _is_whole(layout: Layout, ref: ArtifactRef) -> bool:
    """Whether the artifact verifies; a warning says what is wrong with it."""
    try:
        verify(layout, ref)
    except (Damaged, NotFound) as error:
        log.warning("replaced an artifact: %s", error)
        return False
    return True


def _set_aside(layout: Layout, ref: ArtifactRef) -> None:
    """Move the artifact into quarantine, if no racer did so before."""
    place = layout.quarantine / f"{ref.kind}-{ref.version}-{new_name(layout).name}"
    try:
        layout.artifact(ref.kind, ref.version).rename(place)
    except FileNotFoundError:
        return
    flush(layout.quarantine)


def manifest_of(layout: Folders[AnyPlace], ref: ArtifactRef) -> Manifest:
    """The manifest of an artifact, checked against its name; the files are not looked at.

    Raises:
        NotFound: If there is no such artifact.
        Damaged: If the manifest is not the one of *ref*.
        SongspaceError: If the disk does not give it.
    """
    manifest = read_manifest(layout.artifact(ref.kind, ref.version))
    version = version_of(manifest.kind, manifest.recipe, manifest.files)
    if (manifest.kind, manifest.version, version) != (ref.kind, ref.version, ref.version):
        raise Damaged(
            f"The artifact {ref.kind}/{ref.version} has the {MANIFEST} of "
            f"{manifest.kind}/{manifest.version}."
        )
    return manifest


def verify(layout: Layout, ref: ArtifactRef) -> ArtifactRef:
    """Hash every file of an artifact again, and note for the cleaning that it is in use.

    Raises:
        NotFound: If there is no such artifact.
        Damaged: If a file is missing, unexpected or changed; the message names it.
        SongspaceError: If the disk does not give it: it may still be whole.
    """
    folder = layout.artifact(ref.kind, ref.version)
    verify_files(folder, manifest_of(layout, ref))
    with disk_errors(layout.root, f"mark {ref.kind}/{ref.version} as used"):
        os.utime(folder)
    return ref


def file_of(layout: Folders[AnyPlace], ref: ArtifactRef, name: str) -> AnyPlace:
    """Where one file of an artifact lies, see `files_of`."""
    (file,) = files_of(layout, ref, [name])
    return file


def files_of(layout: Folders[AnyPlace], ref: ArtifactRef, names: Sequence[str]) -> list[AnyPlace]:
    """Where some files of an artifact lie.

    Raises:
        NotFound: If its manifest does not list one of them.
    """
    manifest = manifest_of(layout, ref)
    for name in names:
        if name not in manifest.files:
            raise NotFound(
                f"{ref.kind}/{ref.version} has no file {name[:80]!r}; it has {sorted(manifest.files)}."
            )
    return [layout.artifact(ref.kind, ref.version) / name for name in names]


def link(layout: Layout, ref: ArtifactRef, name: str, target: Path) -> FileFacts | None:
    """Put one file of an artifact at *target*, which is not there yet; a link to it where that is possible.

    Returns:
        What its manifest says of it where it is linked, None where it had to be copied.

    Raises:
        Damaged: If the artifact has lost it, or some of it.
        NotFound: If its manifest lists no such file.
        StoreError: If the disk refuses.
    """
    source = file_of(layout, ref, name)
    with disk_errors(layout.root, f"link {name} of {ref.kind}/{ref.version}"):
        if not source.is_file():
            raise Damaged(f"{source} is missing.")
        facts = manifest_of(layout, ref).files[name]
        if source.stat().st_size != facts.size:
            raise Damaged(f"{source} has {source.stat().st_size} bytes, expected {facts.size}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        return facts if link_or_copy(source, target) else None


def files_below(layout: Folders[AnyPlace], ref: ArtifactRef, name: str) -> dict[str, FileFacts]:
    """What one folder of an artifact holds.

    Raises:
        NotFound: If its manifest lists nothing in such a folder.
    """
    found = manifest_of(layout, ref).below(name)
    if not found:
        raise NotFound(f"{ref.kind}/{ref.version} has no folder {name[:80]!r}.")
    return found


def folder_of(layout: Layout, ref: ArtifactRef, name: str) -> Path:
    """The local path of one folder of an artifact.

    Raises:
        NotFound: If its manifest lists nothing in such a folder.
    """
    files_below(layout, ref, name)
    return layout.artifact(ref.kind, ref.version) / name


def table_files(layout: Folders[AnyPlace], ref: ArtifactRef, name: str) -> list[AnyPlace]:
    """Where the parts of one table lie, in order.

    Raises:
        NotFound: If the artifact has no such table.
    """
    files = manifest_of(layout, ref).below(name)
    parts = [
        file for file in files if file.startswith(f"{name}/part-") and file.endswith(".parquet")
    ]
    if not parts:
        raise NotFound(f"{ref.kind}/{ref.version} has no table {name[:80]!r}.")
    return [layout.artifact(ref.kind, ref.version) / file for file in parts]
