"""Drafts: folders of one writer that become something whole by one rename, or vanish."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from storage.disk import let_go, remove_tree, try_lock_folder
from storage.errors import disk_errors, disk_errors_of_writers
from storage.layout import Layout

_DRAFT: Final = re.compile(r"draft-[0-9a-f]{16}")


@contextmanager
def draft(layout: Layout) -> Iterator[Path]:
    """A fresh folder that nobody else touches; on exit it is removed, unless it was renamed.

    Raises:
        StoreError: If the disk is full, broken or read-only, even when another library noticed it.
    """
    with disk_errors(layout.root, "stage a draft"):
        folder, lock = _claim(layout)
    try:
        with disk_errors_of_writers(layout.root):
            yield folder
    finally:
        remove_tree(folder)
        let_go(lock)


def _claim(layout: Layout) -> tuple[Path, int]:
    """A new draft and the lock on it, tried again if a sweep came between the two."""
    while True:
        folder = new_name(layout)
        folder.mkdir()
        lock = try_lock_folder(folder)
        if lock is not None:
            return folder, lock


def new_name(layout: Layout) -> Path:
    """A name in staging that nobody has."""
    return layout.staging / f"draft-{secrets.token_hex(8)}"


def sweep(layout: Layout) -> list[str]:
    """Remove the drafts of writers that died, whose locks the kernel dropped; returns the names."""
    swept = []
    for folder in sorted(layout.staging.iterdir()):
        if _DRAFT.fullmatch(folder.name) and (lock := try_lock_folder(folder)) is not None:
            remove_tree(folder)
            let_go(lock)
            swept.append(folder.name)
    return swept
