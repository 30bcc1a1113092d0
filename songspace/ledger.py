"""The ledger of a store: numbered entries that say which release is live, as readers see it."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from songspace.errors import Damaged, SongspaceError
from songspace.places import AnyPlace, Place, each, names_in, read_bytes
from songspace.s3.url import Url
from songspace.sealed import require_format, unseal

log = logging.getLogger(__name__)

Action: TypeAlias = Literal["publish", "force", "rollback"]
"""How a release became live: by its own merit, by a person against the gate, or once more."""

FORMAT: Final = 1
"""Version of an entry's layout; readers refuse a newer one."""

RELEASE_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
"""UTC second of the build, then the first 8 digits of the digest."""

_NAME: Final = re.compile(r"([0-9]{7,12})\.json")


@dataclass(frozen=True)
class LedgerEntry:
    """One line of the ledger: from this number on, *release* is live."""

    sequence: int
    release: str
    action: Action
    reason: str
    by: str
    at: datetime
    nonce: str  # tells one writer's entry from another's with the same content
    previous: str | None  # the release that was live before


def refs_folder(root: AnyPlace) -> AnyPlace:
    """Where the ledger of the store at *root* lies."""
    return root / "refs" / "live"


def is_store(root: Place) -> bool:
    """Whether there is a store at *root*: it has a ledger, be it an empty one.

    Raises:
        SongspaceError: If a bucket's server does not say.
    """
    if not isinstance(root, Url):
        return refs_folder(root).is_dir()
    try:
        return bool(names_in(refs_folder(root)))
    except OSError as error:
        raise SongspaceError(f"{root} cannot be listed: {error.strerror}.") from error


def entry_name(sequence: int) -> str:
    """File name of the entry with that number."""
    return f"{sequence:07d}.json"


def sequences(root: Place, after: int = 0) -> list[int]:
    """All numbers above *after* that are taken, readable or not, rising.

    The order is that of the numbers: what the clock said when they were written plays no part.

    Raises:
        SongspaceError: If the disk does not say.
    """
    folder = refs_folder(root)
    try:
        matches = map(_NAME.fullmatch, names_in(folder, after=entry_name(after) if after else ""))
        taken = sorted(int(match[1]) for match in matches if match)
    except OSError as error:
        raise SongspaceError(f"{folder} cannot be listed: {error.strerror}.") from error
    return [number for number in taken if number > after]


def newer(root: Place, known: list[int]) -> list[int]:
    """All numbers that are taken, by one who looked before; a bucket is asked only for those after the *known* ones.

    Raises:
        SongspaceError: If the disk does not say.
    """
    if isinstance(root, Url) and known:
        return known + sequences(root, after=known[-1])
    return sequences(root)


def read_entry(root: Place, sequence: int) -> LedgerEntry:
    """The entry with that number.

    Raises:
        Damaged: If the file is empty, cut short, changed or names no release.
        SongspaceError: If the disk does not give the file, or it has a newer format: what it
            says may still be true.
    """
    path = refs_folder(root) / entry_name(sequence)
    try:
        data = read_bytes(path)
    except OSError as error:
        raise SongspaceError(f"{path} cannot be read: {error.strerror}.") from error
    record = unseal(data, str(path))
    require_format(record, FORMAT, str(path))
    del record["format"]
    try:
        entry = LedgerEntry(**{**record, "at": datetime.fromisoformat(record["at"])})
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{path} is not a ledger entry: {error!r}.") from error
    named = (entry.release,) if entry.previous is None else (entry.release, entry.previous)
    if entry.sequence != sequence or not all(map(_is_release_id, named)):
        raise Damaged(f"{path} holds entry {entry.sequence!r} of the releases {named!r}.")
    return entry


def _is_release_id(value: object) -> bool:
    """Whether *value* is formed like the id of a release."""
    return isinstance(value, str) and RELEASE_ID.fullmatch(value) is not None


def read_head(root: Place) -> LedgerEntry | None:
    """The entry that says what is live: the highest that can be read; None before the first."""
    for sequence in reversed(sequences(root)):
        entry = _readable(root, sequence)
        if entry is not None:
            return entry
    return None


def read_history(root: Place) -> list[LedgerEntry]:
    """All entries that can be read, oldest first."""
    entries = each(root, lambda sequence: _readable(root, sequence), sequences(root))
    return [entry for entry in entries if entry is not None]


def _readable(root: Place, sequence: int) -> LedgerEntry | None:
    """The entry, or None with a warning when it is damaged."""
    try:
        return read_entry(root, sequence)
    except Damaged as error:
        log.warning("skipped a ledger entry: %s", error)
        return None
