"""The ledger in a bucket: an entry is an object that only the first can create."""

from __future__ import annotations

import logging
import time
from typing import Final

from songspace.errors import Damaged
from songspace.ledger import Action, LedgerEntry, entry_name, read_entry, read_head
from songspace.s3 import bucket
from storage.errors import Conflict, disk_errors
from storage.layout import BucketLayout
from storage.ledger import next_entry, refuse_nameless_force, sealed, target_of
from storage.releases import verify_release
from storage.s3.claims import claimed
from storage.s3.releases import is_there, name_of

log = logging.getLogger(__name__)

_PAUSES_S: Final = (0.1, 0.5, 2.0)  # beside obstore's own tries, each of some seconds


def promote(
    layout: BucketLayout,
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
        StoreError: If the server refuses and the entry is not known to have landed.
        ValueError: If *action* is "force" without a reason and a name.
    """
    refuse_nameless_force(action, reason, by)
    layout.release(release)
    with disk_errors(layout.root, f"promote {release}"), claimed(layout, name_of(release)):
        verify_release(layout, release)
        entry = next_entry(layout.root, release, expected, action, reason, by)
        _append(layout, entry, expected)
    return entry


def rollback(
    layout: BucketLayout, to: str | None = None, *, reason: str = "", by: str = ""
) -> LedgerEntry:
    """Make an earlier release live again by adding an entry, see `storage.ledger.rollback`.

    Raises:
        NotFound: If there is nothing to go back to.
        Damaged: If that release does not verify.
        Conflict: If somebody else moved the ledger meanwhile.
        StoreError: If the server refuses.
    """
    with disk_errors(layout.root, "roll back"):
        target, expected = target_of(layout, to, lambda release: is_there(layout, release))
    return promote(layout, target, expected=expected, action="rollback", reason=reason, by=by)


def _append(layout: BucketLayout, entry: LedgerEntry, expected: int | None) -> None:
    """Create the entry's object; whatever the server says to that, what lies there then decides.

    Raises:
        Conflict: If another entry lies there.
        OSError: If none does, after all tries, or nobody can tell.
    """
    url = layout.refs / entry_name(entry.sequence)
    for pause in (*_PAUSES_S, None):
        try:
            bucket.create(url, sealed(entry))
        except OSError as error:
            if _landed(layout, entry, expected):
                log.warning("entry %d landed although the server said: %s", entry.sequence, error)
                return
            if pause is None:
                raise
            log.warning("entry %d did not land, tried again: %s", entry.sequence, error)
            time.sleep(pause)
        else:
            return


def _landed(layout: BucketLayout, entry: LedgerEntry, expected: int | None) -> bool:
    """Whether this very entry lies there; False if nothing does.

    Raises:
        Conflict: If another one does.
        SongspaceError: If nobody can tell.
    """
    if bucket.look(layout.refs / entry_name(entry.sequence)) is None:
        return False
    try:
        found = read_entry(layout.root, entry.sequence)
    except Damaged:
        found = None
    if found is not None and found.nonce == entry.nonce:
        return True
    raise Conflict(expected, read_head(layout.root))
