"""Publishes one release of two tables that Polars wrote; run as `publish_tables.py STORE NUMBER`.

Prints what the caller is told if the disk refuses. A release that is live already is left so.
"""

from __future__ import annotations

import itertools
import secrets
import sys

import polars as pl

from songspace.errors import SongspaceError
from storage import Store

TABLES = ("songs", "latents")


def publish(store: Store, number: int) -> None:
    """What a run does with a store; every row of its tables holds *number*."""
    with store.draft() as draft:
        for table in TABLES:
            (draft / table).mkdir()
            pl.DataFrame({"number": [number] * 3}).write_parquet(draft / table / "part-0.parquet")
        ref = store.commit(draft, "songs", recipe={"number": number})
    release = store.build_release({table: (ref, table) for table in TABLES}, meta={})
    head = store.head()
    if head is None or head.release != release:
        store.promote(release, expected=head.sequence if head else None)


def name_in_order() -> None:
    """Name drafts by counting, so that each call of the disk is known by its path, run after run."""
    number = itertools.count()
    secrets.token_hex = lambda nbytes=None: f"{next(number):0{2 * (nbytes or 16)}x}"


if __name__ == "__main__":
    name_in_order()
    try:
        publish(Store.open(sys.argv[1]), int(sys.argv[2]))
    except SongspaceError as error:
        sys.exit(f"{type(error).__name__}: {error}")
