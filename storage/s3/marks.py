"""Marks: when something was last asked for, since in a bucket nothing can be touched."""

from __future__ import annotations

from datetime import datetime

from songspace.s3 import bucket
from storage.layout import BucketLayout


def mark_used(layout: BucketLayout, name: str) -> None:
    """Note that *name*, such as releases/<id>, is in use.

    Raises:
        OSError: If the server refuses.
    """
    bucket.put(layout.used / name, b"")


def last_used(layout: BucketLayout) -> dict[str, datetime]:
    """When each thing was marked last, by the server's clock."""
    return {one.name: one.modified for one in bucket.walk(layout.used)}
