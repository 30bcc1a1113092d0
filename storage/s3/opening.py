"""What opening a store asks of its bucket, before any work depends on it."""

from __future__ import annotations

import secrets

from songspace.s3 import bucket
from songspace.s3.access import Access
from songspace.s3.url import Url
from storage.errors import StoreError
from storage.layout import BucketLayout


def try_bucket(layout: BucketLayout) -> None:
    """Do once what publishing needs of the server, and mark the place as a store.

    Raises:
        OSError: If the server refuses.
        StoreError: If something else is kept there, or the server lets two create the same object.
    """
    marked = is_marked(layout)
    if not marked:
        _refuse_foreign(layout)
    trial = layout.trials / secrets.token_hex(8)
    bucket.put(trial, b"first")
    try:
        _refuse_overwriting(trial)
    finally:
        bucket.remove([trial])
    if not marked:
        bucket.put(layout.mark, b"In this folder, one object an entry: which release is live.\n")


def is_marked(layout: BucketLayout) -> bool:
    """Whether there is a store: a mark, or an entry of its ledger.

    Raises:
        OSError: If the server does not say.
    """
    return bool(bucket.names(layout.refs))


def _refuse_foreign(layout: BucketLayout) -> None:
    """Raise if something else lies there: a cleaning would take it for our own."""
    others = [name for name in bucket.names(layout.root) if name != layout.trials.name]
    if others:
        raise StoreError(
            f"{layout.root} is no store: it holds {', '.join(others[:3])}, but nothing in refs/live. "
            "Name a new or an empty folder of the bucket."
        )


def _refuse_overwriting(trial: Url) -> None:
    """Raise if the server writes over an object that was to be created only."""
    try:
        bucket.create(trial, b"second")
    except FileExistsError:
        return
    raise StoreError(
        f"{Access.of().server} ignores `If-None-Match: *`: two runs could both go live with one entry of "
        "the ledger. Keep the store on a server that knows conditional writes."
    )
