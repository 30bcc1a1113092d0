"""Short ways to build releases with tables, to make them live, and to look at the ledger."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from songspace.ledger import LedgerEntry
from storage import Store


def entry_path(store: Store, sequence: int) -> Path:
    return Path(store.root) / "refs" / "live" / f"{sequence:07d}.json"


def publish(store: Store, release: str) -> LedgerEntry:
    head = store.head()
    return store.promote(release, expected=head.sequence if head else None)


def live(store: Store) -> str:
    head = store.head()
    assert head is not None
    return head.release


def build_release(store: Store, number: int, rows: int = 10) -> str:
    """A release of two tables, one of them in two parts, and a file beside them."""
    with store.draft() as draft:
        for name in ("songs", "latents", "model"):
            (draft / name).mkdir()
        table = pl.DataFrame({"song": [f"{number}-{row}" for row in range(rows)]})
        table[: rows // 2].write_parquet(draft / "songs" / "part-0.parquet")
        table[rows // 2 :].write_parquet(draft / "songs" / "part-1.parquet")
        table.write_parquet(draft / "latents" / "part-0.parquet")
        (draft / "model" / "settings.json").write_text(json.dumps(number))
        ref = store.commit(draft, "run", recipe={})
    return store.build_release(
        {name: (ref, name) for name in ("songs", "latents", "model")}, meta={}
    )
