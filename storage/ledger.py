"""The ledger, written: entries are added by number, created only if absent, never changed."""

from __future__ import annotations

import dataclasses
import fcntl
import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from songspace.errors import NotFound, SongspaceError
from songspace.ledger import (
    FORMAT,
    Action,
    LedgerEntry,
    entry_name,
    read_entry,
    read_head,
    read_history,
    sequences,
)
from songspace.places import AnyPlace, Place
from songspace.sealed import seal
from storage.disk import flush, holding, write_flushed
from storage.drafts import draft
from storage.errors import Conflict, StoreError, disk_errors
from storage.layout import Folders, Layout
from storage.releases import verify_release

log = logging.getLogger(__name__)


def promote(
    layout: Layout,
    release: str,
    *,
    expected: int | None,
    action: Action = "publish",
    reason: str = "",
    by: str = "",
) -> LedgerEntry:
    """Make *release* live, if the ledger still stands at entry *expected* (None: at no entry).

    Raises:
        Conflict: If somebody else came first; it says who. Nothing was changed.
        Damaged: If a file of the release is not what was built.
        NotFound: If there is no such release.
        StoreError: If the disk refuses and the entry did not land.
        ValueError: If *action* is "force" without a reason and a name.
    """
    refuse_nameless_force(action, reason, by)
    with disk_errors(layout.root, f"promote {release}"):
        with holding(layout.lock, fcntl.LOCK_SH):
            verify_release(layout, release)
            entry = next_entry(layout.root, release, expected, action, reason, by)
            _append(layout, entry, expected)
        point_live(layout)
    return entry


def rollback(
    layout: Layout, to: str | None = None, *, reason: str = "", by: str = ""
) -> LedgerEntry:
    """Make an earlier release live again by adding an entry; nothing is deleted.

    Without *to* it is the one that was live before the present one was published, so that a
    second rollback goes one further back rather than forth again.

    Raises:
        NotFound: If there is nothing to go back to.
        Damaged: If that release does not verify.
        Conflict: If somebody else moved the ledger meanwhile.
    """
    target, expected = target_of(layout, to, lambda release: layout.release(release).is_dir())
    return promote(layout, target, expected=expected, action="rollback", reason=reason, by=by)


def refuse_nameless_force(action: Action, reason: str, by: str) -> None:
    """Raise if somebody forces and does not say who, or why."""
    if action == "force" and not (reason.strip() and by.strip()):
        raise ValueError(f"Forcing asks for a reason and a name. Received: {reason!r}, {by!r}.")


def target_of(
    layout: Folders[AnyPlace], to: str | None, is_there: Callable[[str], bool]
) -> tuple[str, int]:
    """The release that a rollback goes to, *to* if it may, and the entry that it is expected to come after.

    Raises:
        NotFound: If there is nothing to go back to.
    """
    history = read_history(layout.root)
    target = to or previous_release(history)
    if not history or target is None:
        raise NotFound(f"The store {layout.root} has no earlier release to go back to.")
    were_live = {name for entry in history for name in (entry.release, entry.previous)}
    if not is_there(target):
        was = "was removed" if target in were_live else "never was"
        raise NotFound(
            f"The release {target} {was} in the store {layout.root}. Name one that is there."
        )
    if target not in were_live:  # nobody has let it go live yet, and this is no way around that
        raise NotFound(f"The release {target} was never live. Publish it, or name one that was.")
    return target, history[-1].sequence


def previous_release(history: list[LedgerEntry]) -> str | None:
    """The release that a rollback goes to: publishing, forced or not, adds to a pile, rolling back takes off it.

    Entries may be missing. What they did is then known by what the next one calls previous.
    """
    pile: list[str] = []
    for entry in history:
        if entry.previous is not None:
            _go_back(pile, entry.previous)
        if entry.action == "rollback":
            if entry.release not in pile:
                del pile[-1:]  # what was rolled back from is never returned to
            _go_back(pile, entry.release)
        elif entry.release not in pile[-1:]:
            pile.append(entry.release)
    return pile[-2] if len(pile) > 1 else None


def _go_back(pile: list[str], release: str) -> None:
    """Take off the *pile* what lies above *release*; put it on top if it is not there."""
    if release not in pile:
        pile.append(release)
    while pile[-1] != release:
        pile.pop()


def point_live(layout: Layout) -> None:
    """Point the link `live` at the live release; a failure only warns, no program reads it."""
    try:
        head = read_head(layout.root)
        while head is not None and not _points_at(layout.live, head.release):
            with draft(layout) as folder:
                link = folder / "live"
                link.symlink_to(Path("releases") / head.release)
                link.replace(layout.live)
            flush(layout.root)
            head = read_head(layout.root)  # our link may have overtaken a later promotion's
    except (OSError, SongspaceError) as error:
        log.warning("could not point %s at the live release: %s", layout.live, error)


def _points_at(link: Path, release: str) -> bool:
    """Whether the link leads to that release."""
    return link.is_symlink() and link.readlink() == Path("releases") / release


def next_entry(
    root: Place, release: str, expected: int | None, action: Action, reason: str, by: str
) -> LedgerEntry:
    """The entry to be added after *expected*.

    Raises:
        Conflict: If the ledger stands elsewhere.
    """
    # Damaged ones are passed over; asked before the head, so that who lands in between is noticed.
    taken = sequences(root)
    head = read_head(root)
    if (head.sequence if head else None) != expected:
        raise Conflict(expected, head)
    return LedgerEntry(
        sequence=max(taken, default=0) + 1,
        release=release,
        action=action,
        reason=reason,
        by=by,
        at=datetime.now(UTC),
        nonce=secrets.token_hex(16),
        previous=head.release if head else None,
    )


def sealed(entry: LedgerEntry) -> bytes:
    """The entry as it is kept."""
    return seal({"format": FORMAT, **dataclasses.asdict(entry), "at": entry.at.isoformat()})


def _append(layout: Layout, entry: LedgerEntry, expected: int | None) -> None:
    """Create the entry's file, whole or not at all, and never over another's."""
    try:
        with draft(layout) as folder:
            write_flushed(folder / "entry.json", sealed(entry))
            (layout.refs / entry_name(entry.sequence)).hardlink_to(folder / "entry.json")
            flush(layout.refs)
    except (OSError, StoreError) as error:
        if _landed(layout, entry):
            log.warning("entry %d landed although the disk said: %s", entry.sequence, error)
        elif isinstance(error, FileExistsError):
            raise Conflict(expected, read_head(layout.root)) from error
        else:
            raise


def _landed(layout: Layout, entry: LedgerEntry) -> bool:
    """Whether the ledger holds this very entry, whatever the disk said."""
    try:
        return read_entry(layout.root, entry.sequence).nonce == entry.nonce
    except SongspaceError:
        return False
