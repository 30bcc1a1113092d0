"""What makes a write last: flush, lock, link and remove on a local disk."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

# Of this one file: it is frozen, another user's, or has all the links it can have.
_NOT_LINKED: Final = {errno.EPERM, errno.EMLINK}


def flush(path: Path) -> None:
    """Have the disk keep the content of a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folders: Iterable[Path]) -> None:
    """Make the *folders* that are absent, parents first, and have the disk keep their names."""
    for folder in folders:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            flush(folder.parent)


def flush_folders(folder: Path) -> None:
    """Have the disk keep the names in *folder* and in every folder below, the deepest first."""
    for path, _, _ in os.walk(folder, topdown=False, onerror=_raise):
        flush(Path(path))


def _raise(error: OSError) -> None:
    """`os.walk` would pass over what it cannot list."""
    raise error


def write_flushed(path: Path, data: bytes) -> None:
    """Write *data* to a new file and have the disk keep it; its name needs the folder flushed."""
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def make_read_only(path: Path) -> None:
    """Take every right to write away: the file may be linked into releases."""
    path.chmod(path.stat().st_mode & 0o555)


def link_or_copy(source: Path, target: Path) -> bool:
    """Give *target* the file at *source*, as a copy only if that very file cannot be linked; whether it is linked."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NOT_LINKED:
            raise
        shutil.copy(source, target)
        flush(target)
        return False
    return True


def remove_tree(folder: Path) -> None:
    """Remove *folder* if it is there; what the disk refuses stays, with a warning, for a sweep."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("could not remove %s: %s", folder, error)


@contextmanager
def holding(path: Path, mode: int) -> Iterator[None]:
    """Hold `fcntl.LOCK_SH` or `LOCK_EX` on the file at *path*; the kernel lets go if we die."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, mode)
        yield
    finally:
        let_go(descriptor)


def let_go(descriptor: int) -> None:
    """Unlock and close: a process forked meanwhile shares the lock, so closing is not enough."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except OSError as error:  # what the lock guarded is done: no reason to call it failed
        log.warning("could not unlock: %s", error)
    os.close(descriptor)


def try_lock_folder(folder: Path) -> int | None:
    """A descriptor that locks *folder* for us alone; None if somebody holds it, or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_same(descriptor, folder):
            return descriptor
    except BlockingIOError:
        pass
    os.close(descriptor)
    return None


def is_same(descriptor: int, folder: Path) -> bool:
    """Whether *folder* still is what *descriptor* was opened on."""
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False
