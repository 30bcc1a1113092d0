"""Unfinished work: folders in which a long task keeps how far it has come, so that it goes on from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from storage.disk import make_folders, remove_tree
from storage.errors import disk_errors
from storage.layout import Layout

_NAME: Final = re.compile(r"[a-z][a-z_]{0,63}-[0-9a-f]{20}")


def folder_of(layout: Layout, name: str) -> Path:
    """The folder of the work *name*, made if absent; only a cleaning or `forget` removes it.

    Raises:
        StoreError: If the disk refuses.
        ValueError: If *name* is not a kind and a digest.
    """
    folder = layout.unfinished / _checked(name)
    with disk_errors(layout.root, f"keep unfinished work on {name}"):
        make_folders([layout.unfinished, folder])
    return folder


def forget(layout: Layout, name: str) -> None:
    """Remove the folder of the work *name*, if there is one; what the disk refuses stays for a cleaning."""
    remove_tree(layout.unfinished / _checked(name))


def _checked(name: str) -> str:
    """*name*, if it can lead nowhere else."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"Expected a kind and a digest, as in network-<20 of 0-f>. Got {name!r}.")
    return name
