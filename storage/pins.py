"""Pins: releases that a person wants kept, however many come after them."""

from __future__ import annotations

import dataclasses
import fcntl
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from songspace.errors import Damaged, NotFound, SongspaceError
from songspace.files import unreadable
from songspace.ledger import RELEASE_ID
from songspace.places import AnyPlace, Place, names_in, read_bytes
from songspace.s3.url import Url
from songspace.sealed import require_format, seal, unseal
from storage.disk import flush, holding, make_folders, write_flushed
from storage.drafts import draft
from storage.errors import StoreError, disk_errors
from storage.layout import Folders, Layout

log = logging.getLogger(__name__)

FORMAT: Final = 1
"""Version of a pin's layout; a newer one still pins."""


@dataclass(frozen=True)
class Pin:
    """A person's word that a release shall stay."""

    release: str
    reason: str
    by: str
    at: datetime


def pin(layout: Layout, release: str, reason: str, by: str) -> Pin:
    """Keep *release* from being removed until `unpin`.

    Raises:
        NotFound: If there is no such release.
        StoreError: If it is pinned already, or the disk refuses.
        ValueError: If reason or name is missing: who looks later has to know whether it still counts.
    """
    made = new_pin(release, reason, by)
    with disk_errors(layout.root, f"pin {release}"), holding(layout.lock, fcntl.LOCK_SH):
        if not layout.release(release).is_dir():
            raise NotFound(f"There is no release {release} in {layout.root} that could be pinned.")
        make_folders([layout.pins])
        _create(layout, made)
    return made


def new_pin(release: str, reason: str, by: str) -> Pin:
    """A pin as of now.

    Raises:
        ValueError: If reason or name is missing.
    """
    if not (reason.strip() and by.strip()):
        raise ValueError(f"Pinning asks for a reason and a name. Received: {reason!r}, {by!r}.")
    return Pin(release, reason.strip(), by.strip(), datetime.now(UTC).replace(microsecond=0))


def sealed(pin: Pin) -> bytes:
    """The pin as it is kept."""
    return seal({"format": FORMAT, **dataclasses.asdict(pin), "at": pin.at.isoformat()})


def pinned_already(pin: Pin, path: Place) -> StoreError:
    """What to raise if there is a pin at *path*."""
    return StoreError(
        f"{pin.release} is pinned already, see {path}. Unpin it first to say another reason."
    )


def _create(layout: Layout, pin: Pin) -> None:
    """Create the pin's file, whole or not at all, and never over another's."""
    path = path_of(layout, pin.release)
    with draft(layout) as folder:
        write_flushed(folder / "pin.json", sealed(pin))
        try:
            path.hardlink_to(folder / "pin.json")
        except FileExistsError as error:
            raise pinned_already(pin, path) from error
        flush(layout.pins)


def unpin(layout: Layout, release: str) -> None:
    """Let a cleaning remove *release* again, when its time has come.

    Raises:
        NotFound: If it is not pinned.
        StoreError: If the disk refuses.
    """
    path = path_of(layout, release)
    with disk_errors(layout.root, f"unpin {release}"), holding(layout.lock, fcntl.LOCK_SH):
        try:
            path.unlink()
        except FileNotFoundError as error:
            raise NotFound(f"{release} is not pinned in {layout.root}.") from error
        flush(layout.pins)


def pins(layout: Folders[AnyPlace]) -> dict[str, Pin | None]:
    """All pinned releases by id; None, with a warning, for a pin that is not whole but counts all the same.

    Raises:
        SongspaceError: If the disk does not say.
    """
    return {release: _readable(layout, release) for release in pinned(layout)}


def pinned(layout: Folders[AnyPlace]) -> Iterator[str]:
    """The ids of all pinned releases: the names of the files say it, whatever is in them."""
    with disk_errors(layout.root, "list the pinned releases"):
        names = sorted(names_in(layout.pins)) if _is_there(layout.pins) else []
    for name in names:
        release = name.removesuffix(".json")
        if name != release and RELEASE_ID.fullmatch(release):
            yield release


def _is_there(folder: Place) -> bool:
    """Whether anything was ever pinned; a disk that stumbles is not taken for a no."""
    if isinstance(folder, Url):
        return True
    try:
        folder.stat()
    except FileNotFoundError:
        return False
    return True


def _readable(layout: Folders[AnyPlace], release: str) -> Pin | None:
    """What the pin says, if it can be read."""
    try:
        return _read(path_of(layout, release), release)
    except SongspaceError as error:  # torn, of a newer format, or removed this very moment
        log.warning("a pin that counts, but does not say why: %s", error)
        return None


def _read(path: Place, release: str) -> Pin:
    """The pin in the file at *path*."""
    try:
        record = unseal(read_bytes(path), str(path))
    except OSError as error:
        raise unreadable(path, error) from error
    require_format(record, FORMAT, str(path))
    del record["format"]
    try:
        found = Pin(**{**record, "at": datetime.fromisoformat(record["at"])})
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path} is not a pin: {error!r}.") from error
    if found.release != release:
        raise Damaged(f"{path} pins {found.release!r}.")
    return found


def path_of(layout: Folders[AnyPlace], release: str) -> AnyPlace:
    """Where the pin of a release lies."""
    return layout.pins / f"{layout.release(release).name}.json"
