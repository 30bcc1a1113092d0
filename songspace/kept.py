"""Kept files against their manifest, and on this machine, wherever they are kept."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from songspace.files import unreadable
from songspace.integrity import verify_files
from songspace.manifest import FileFacts, Manifest
from songspace.places import Place
from songspace.s3.url import Url


def verify(folder: Place, manifest: Manifest, hashed: Collection[str] | None = None) -> None:
    """Compare every file of *folder* with its manifest, see `integrity.verify_files`.

    Raises:
        Damaged: If a file is missing, unexpected or not as listed; the message names it.
        SongspaceError: If the disk or the bucket does not give it: it may still be whole.
    """
    if not isinstance(folder, Url):
        verify_files(folder, manifest, hashed)
        return
    from songspace.s3.integrity import verify_objects

    verify_objects(folder, manifest, hashed)


def local_file(file: Place, facts: FileFacts) -> Path:
    """A file on this machine; one of a bucket is read into a cache, and hashed whenever it is asked for.

    Raises:
        Damaged: If what a bucket gives is not what *facts* say.
        SongspaceError: If it is not to be had, or the disk of the cache refuses.
    """
    if not isinstance(file, Url):
        return file
    from songspace.s3.cache import fetch

    try:
        return fetch(file, facts)
    except OSError as error:
        raise unreadable(file, error) from error
