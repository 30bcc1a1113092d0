"""Room on the disk: asked for before the work begins, not found missing hours later."""

from __future__ import annotations

import shutil
from typing import Final

from storage.errors import StoreError, disk_errors
from storage.layout import Layout

_MB: Final = 1e6


def free_bytes(layout: Layout) -> int:
    """What the disk of the store still takes from us.

    Raises:
        StoreError: If the disk does not say.
    """
    with disk_errors(layout.root, "ask for the free space"):
        return shutil.disk_usage(layout.root).free


MAKE_ROOM: Final = (
    "Remove old releases with `python -m flows gc` (--keep and --older-than say how many), free the disk of "
    "other things, or name a --store on a larger one."
)
"""What helps where the releases lie on the disk that is full."""


def require_free(layout: Layout, needed: int, doing: str, advice: str = MAKE_ROOM) -> None:
    """Refuse to begin what would fill the disk; *doing* is what the room is for.

    Raises:
        StoreError: If less than *needed* bytes are free.
    """
    free = free_bytes(layout)
    if free < needed:
        raise StoreError(
            f"Not enough room in {layout.root} to {doing}: expected {needed / _MB:,.0f} MB free, "
            f"found {free / _MB:,.0f} MB. Nothing was begun. {advice}"
        )


def unfinished_bytes(layout: Layout) -> int:
    """What unfinished work takes on the disk.

    Raises:
        StoreError: If the disk does not say.
    """
    with disk_errors(layout.root, "measure unfinished work"):
        return sum(path.stat().st_size for path in layout.unfinished.glob("*/*"))
