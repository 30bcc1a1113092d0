"""Short ways to make releases live and to look at the ledger."""

from __future__ import annotations

from pathlib import Path

from songspace.ledger import LedgerEntry
from storage import Store


def entry_path(store: Store, sequence: int) -> Path:
    return store.root / "refs" / "live" / f"{sequence:07d}.json"


def publish(store: Store, release: str) -> LedgerEntry:
    head = store.head()
    return store.promote(release, expected=head.sequence if head else None)


def live(store: Store) -> str:
    head = store.head()
    assert head is not None
    return head.release
