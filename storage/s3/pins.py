"""Pins in a bucket: objects that only the first can create."""

from __future__ import annotations

from songspace.errors import NotFound
from songspace.s3 import bucket
from storage.errors import disk_errors
from storage.layout import BucketLayout
from storage.pins import Pin, new_pin, path_of, pinned_already, sealed
from storage.s3.claims import claimed
from storage.s3.releases import is_there, name_of


def pin(layout: BucketLayout, release: str, reason: str, by: str) -> Pin:
    """Keep *release* from being removed until `unpin`.

    Raises:
        NotFound: If there is no such release.
        StoreError: If it is pinned already, or the server refuses.
        ValueError: If reason or name is missing.
    """
    made, url = new_pin(release, reason, by), path_of(layout, release)
    with disk_errors(layout.root, f"pin {release}"), claimed(layout, name_of(release)):
        if not is_there(layout, release):
            raise NotFound(f"There is no release {release} in {layout.root} that could be pinned.")
        try:
            bucket.create(url, sealed(made))
        except FileExistsError as error:
            if bucket.read(url) != sealed(made):  # else an earlier try of this call landed
                raise pinned_already(made, url) from error
    return made


def unpin(layout: BucketLayout, release: str) -> None:
    """Let a cleaning remove *release* again, when its time has come.

    Raises:
        NotFound: If it is not pinned.
        StoreError: If the server refuses.
    """
    url = path_of(layout, release)
    with disk_errors(layout.root, f"unpin {release}"):
        if bucket.look(url) is None:
            raise NotFound(f"{release} is not pinned in {layout.root}.")
        bucket.remove([url])
