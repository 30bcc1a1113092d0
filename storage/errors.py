"""What can go wrong while something is being kept."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from songspace.errors import SongspaceError
from songspace.ledger import LedgerEntry
from songspace.places import Place


class StoreError(SongspaceError):
    """The store could not do it: a disk that is full, broken or missing, a bucket that does not answer."""


class Conflict(StoreError):
    """Somebody else moved the ledger first."""

    def __init__(self, expected: int | None, winner: LedgerEntry | None) -> None:
        self.expected = expected
        self.winner = winner
        super().__init__(
            f"Expected the ledger at {_numbered(expected)}, found {_described(winner)}. "
            "Nothing was changed: look at the live release, then decide again."
        )


def _numbered(sequence: int | None) -> str:
    return "no entry" if sequence is None else f"entry {sequence}"


def _described(entry: LedgerEntry | None) -> str:
    if entry is None:
        return "no entry"
    by = f" by {entry.by}" if entry.by else ""
    return (
        f"entry {entry.sequence}: {entry.action} of {entry.release}{by} at {entry.at.isoformat()}"
    )


_DISK: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_NUMBER: Final = re.compile(r"(?:os error|errno)\W{0,3}(\d+)", re.IGNORECASE)


@contextmanager
def disk_errors(root: Place, doing: str) -> Iterator[None]:
    """Turn an error of the disk or of the bucket inside the block into a StoreError that names it."""
    try:
        yield
    except OSError as error:
        at = f" at {error.filename}" if error.filename else ""
        raise StoreError(
            f"Could not {doing} in the store {root}: {error.strerror or error}{at}."
        ) from error


@contextmanager
def disk_errors_of_writers(root: Path) -> Iterator[None]:
    """The same for a disk that fails under another library; its other errors pass untouched.

    On a full disk Polars raises a ComputeError, PyArrow an OSError without a number and Keras a
    RuntimeError: only the number in their text tells. An error that names a file elsewhere, such
    as a source that is read, is none of the store's.
    """
    try:
        yield
    except SongspaceError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) and error.errno else _number_in(error)
        if number not in _DISK or _is_elsewhere(root, error):
            raise
        raise StoreError(f"Could not write to the store {root}: {error}.") from error


def _is_elsewhere(root: Path, error: Exception) -> bool:
    """Whether *error* names a file that is not of the store."""
    name = error.filename if isinstance(error, OSError) else None
    return isinstance(name, str | bytes) and not Path(os.fsdecode(name)).is_relative_to(root)


def _number_in(error: Exception) -> int | None:
    """The operating system's error number that a library wrote into its message."""
    match = _NUMBER.search(str(error))
    return int(match[1]) if match else None
