"""Kept files, opened without trust in what stands in their place."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final

from songspace.errors import Damaged, SongspaceError
from songspace.s3.url import Url

GONE_OR_REPLACED: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO}
)
"""What the system says where the file is not the one that was kept; any other error may pass."""


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """The file at *path*, to be read; links are refused, and nobody waits for a pipe's writer.

    Raises:
        OSError: If it is not a regular file (ENXIO), or the disk refuses.
    """
    with open(path, "rb", opener=_open_at_once) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.ENXIO, "Not a regular file", str(path))
        yield stream


def _open_at_once(path: str, flags: int) -> int:
    """Open without following a link and without waiting."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def unreadable(path: Path | Url, error: OSError) -> SongspaceError:
    """What to raise for *error*: Damaged only if it is the file's fault, not a disk's that stumbled."""
    kind = Damaged if error.errno in GONE_OR_REPLACED else SongspaceError
    return kind(f"{path} cannot be read: {error.strerror}.")
