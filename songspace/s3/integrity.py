"""Objects against their manifest: listed at once, hashed by reading them."""

from __future__ import annotations

from collections.abc import Collection

from songspace.files import GONE_OR_REPLACED, unreadable
from songspace.integrity import compare, is_hashed
from songspace.manifest import MANIFEST, FileFacts, Manifest
from songspace.s3 import bucket
from songspace.s3.cache import hash_object
from songspace.s3.url import Url


def verify_objects(folder: Url, manifest: Manifest, hashed: Collection[str] | None = None) -> None:
    """Compare what lies in *folder* with its manifest, see `integrity.verify_files`.

    What is hashed is read once more for it; of the rest the one listing tells that it is there, and its size.

    Raises:
        Damaged: If an object is missing, unexpected or not as listed; the message names it.
        SongspaceError: If the server does not give it: it may still be whole.
    """
    try:
        sizes = {one.name: one.size for one in bucket.walk(folder) if one.name != MANIFEST}
    except OSError as error:
        raise unreadable(folder, error) from error

    def fault(name: str, expected: FileFacts) -> str | None:
        if sizes[name] != expected.size:
            return f"{name} has {sizes[name]} bytes, expected {expected.size}"
        return _fault(folder, name, expected) if is_hashed(name, hashed) else None

    compare(folder, manifest, set(sizes), fault, bucket.THREADS)


def _fault(folder: Url, name: str, expected: FileFacts) -> str | None:
    """What is wrong with the content of one object, if anything."""
    try:
        found = hash_object(folder / name)
    except OSError as error:
        if error.errno not in GONE_OR_REPLACED:
            raise unreadable(folder / name, error) from error
        return f"{name} cannot be read ({error.strerror})"
    if found != expected:
        return f"{name} has sha256 {found.sha256[:12]}..., expected {expected.sha256[:12]}..."
    return None
