"""Artifacts in a bucket: their files first, their manifest last; without it there is no artifact."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from songspace.errors import Damaged, NotFound
from songspace.kept import local_file, verify
from songspace.manifest import MANIFEST, FileFacts, Manifest, dump_manifest
from songspace.places import each
from songspace.s3 import bucket
from songspace.s3.cache import mirror
from songspace.s3.url import Url
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef, Linked, described, file_of, files_below, manifest_of
from storage.disk import link_or_copy
from storage.errors import StoreError, disk_errors
from storage.layout import BucketLayout, Layout
from storage.s3.claims import claimed
from storage.s3.marks import mark_used

log = logging.getLogger(__name__)


def commit(
    layout: BucketLayout,
    local: Layout,
    draft: Path,
    kind: str,
    recipe: Mapping[str, JSON],
    linked: Linked | None = None,
) -> ArtifactRef:
    """Make *draft*, of the *local* folders, the artifact that its content and *recipe* name.

    The same content and recipe give the same reference, and are kept once. What was *linked* is not hashed again.

    Raises:
        StoreError: If the server or the disk refuses. The artifact may stand; doing it all again is safe.
        ValueError: If the draft is empty, or holds a link or a name that cannot be published, or not what was linked.
    """
    with disk_errors(layout.root, f"commit an artifact of kind {kind!r}"):
        ref, manifest = described(local, draft, kind, recipe, linked)
        with claimed(layout, name_of(ref)):
            if not _is_whole(layout, ref):
                _upload(layout, draft, ref, manifest)
        _keep_mirrored(layout, draft, ref, manifest)
    return ref


def name_of(ref: ArtifactRef) -> str:
    """The artifact's folder in a store."""
    return f"artifacts/{ref.kind}/{ref.version}"


def verify_artifact(layout: BucketLayout, ref: ArtifactRef) -> ArtifactRef:
    """Read and hash every file of an artifact again, and note for the cleaning that it is in use.

    Raises:
        NotFound: If there is no such artifact.
        Damaged: If an object is missing, unexpected or changed; the message names it.
        SongspaceError: If the server does not give it: it may still be whole.
    """
    verify(layout.artifact(ref.kind, ref.version), manifest_of(layout, ref))
    with disk_errors(layout.root, f"mark {ref.kind}/{ref.version} as used"):
        mark_used(layout, name_of(ref))
    return ref


def local_path(layout: BucketLayout, ref: ArtifactRef, name: str) -> Path:
    """One file of an artifact, on this machine.

    Raises:
        NotFound: If its manifest lists no such file.
        Damaged: If the bucket gives another.
        SongspaceError: If the server or the disk refuses.
    """
    url = file_of(layout, ref, name)
    return local_file(url, manifest_of(layout, ref).files[name])


def local_folder(layout: BucketLayout, ref: ArtifactRef, name: str) -> Path:
    """One folder of an artifact, on this machine.

    Raises:
        NotFound: If its manifest lists nothing in such a folder.
        Damaged: If the bucket gives another file than was committed.
        SongspaceError: If the server or the disk refuses.
    """
    return fetch_all(layout.artifact(ref.kind, ref.version), files_below(layout, ref, name), name)


def fetch_all(place: Url, files: Mapping[str, FileFacts], folder: str) -> Path:
    """The *files* of one *folder* of an artifact or a release, on this machine."""
    each(place, lambda name: local_file(place / name, files[name]), files)
    return mirror(place / folder)


def link(layout: BucketLayout, ref: ArtifactRef, name: str, target: Path) -> FileFacts | None:
    """Put one file of an artifact at *target*: a link to the one in the cache, where that is possible.

    Returns:
        What its manifest says of it where it is linked, None where it had to be copied.

    Raises:
        NotFound: If its manifest lists no such file.
        Damaged: If the bucket gives another.
        SongspaceError: If the server or the disk refuses.
    """
    source = local_path(layout, ref, name)
    with disk_errors(layout.root, f"link {name} of {ref.kind}/{ref.version}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            linked = link_or_copy(source, target)
        except FileNotFoundError as error:  # a cleaning of the cache was faster
            raise StoreError(f"{source} was removed while it was being linked.") from error
    return manifest_of(layout, ref).files[name] if linked else None


def _is_whole(layout: BucketLayout, ref: ArtifactRef) -> bool:
    """Whether the artifact is there and verifies; a damaged one loses its manifest, and so is none."""
    place = layout.artifact(ref.kind, ref.version)
    try:
        verify(place, manifest_of(layout, ref))
    except NotFound:
        return False
    except Damaged as error:
        log.warning("replaced an artifact: %s", error)
        bucket.remove([place / MANIFEST])
        return False
    mark_used(layout, name_of(ref))
    return True


def _upload(layout: BucketLayout, draft: Path, ref: ArtifactRef, manifest: Manifest) -> None:
    """Write the files, then the manifest; another writer of the same artifact does no harm."""
    place = layout.artifact(ref.kind, ref.version)
    strangers = [one.name for one in bucket.walk(place) if one.name not in manifest.files]
    bucket.remove(place / name for name in strangers if name != MANIFEST)
    each(place, lambda name: bucket.put(place / name, draft / name), manifest.files)
    try:
        bucket.create(place / MANIFEST, dump_manifest(manifest))
    except FileExistsError:
        manifest_of(
            layout, ref
        )  # by another writer, or by a try of ours: in either case it is of this


def _keep_mirrored(layout: BucketLayout, draft: Path, ref: ArtifactRef, manifest: Manifest) -> None:
    """Keep the files on this machine, where the next stage may want them; a failure costs a download."""
    place = layout.artifact(ref.kind, ref.version)
    for name in manifest.files:
        copy = mirror(place / name)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(draft / name, copy)
        except FileExistsError:
            continue
        except OSError as error:
            log.warning("could not keep %s on this machine: %s", copy, error)
            return
