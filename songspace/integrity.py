"""Files against their manifest: listed by walking, hashed in threads, compared one by one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from songspace.errors import Damaged
from songspace.files import GONE_OR_REPLACED, open_regular, unreadable
from songspace.manifest import MANIFEST, FileFacts, Manifest, is_safe
from songspace.places import Place

_THREADS: Final = min(8, os.cpu_count() or 1)  # hashlib releases the GIL
_FAULTS_SHOWN: Final = 5


def list_files(folder: Path, prefix: str = "") -> Iterator[str]:
    """The relative names of all files in *folder*, its own manifest left out.

    Raises:
        Damaged: If there is a link, a device or a name that no manifest may list.
    """
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = prefix + entry.name
            if name == MANIFEST and entry.is_file(follow_symlinks=False):
                continue
            if not is_safe(name):
                raise Damaged(
                    f"{folder} holds {entry.name!r}: expected plain ASCII names, "
                    f"and {MANIFEST} at the top only."
                )
            if entry.is_dir(follow_symlinks=False):
                yield from list_files(Path(entry.path), name + "/")
            elif entry.is_file(follow_symlinks=False):
                yield name
            else:
                raise Damaged(f"{entry.path} is neither a file nor a folder: a link or a device.")


def hash_file(path: Path) -> FileFacts:
    """Size and sha256 of the regular file at *path*."""
    with open_regular(path) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return FileFacts(stream.tell(), digest)


def hash_files(folder: Path, names: Iterable[str]) -> dict[str, FileFacts]:
    """Size and sha256 of each of the named files in *folder*."""
    names = list(names)
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(names, pool.map(lambda name: hash_file(folder / name), names), strict=True))


def verify_files(folder: Path, manifest: Manifest, hashed: Collection[str] | None = None) -> None:
    """Hash every file of *folder* and compare it with its manifest.

    Where *hashed* names folders in it, only their files are hashed; of the others the size is compared.

    Raises:
        Damaged: If a file is missing, unexpected or not as listed; the message names it.
        SongspaceError: If the disk does not give it: it may still be whole.
    """
    try:
        found = set(list_files(folder))
    except OSError as error:
        raise unreadable(folder, error) from error

    def fault(name: str, expected: FileFacts) -> str | None:
        return _fault(folder, name, expected, is_hashed=is_hashed(name, hashed))

    compare(folder, manifest, found, fault, _THREADS)


def is_hashed(name: str, hashed: Collection[str] | None) -> bool:
    """Whether a file lies in one of the folders that are to be hashed; None stands for all of them."""
    return hashed is None or name.partition("/")[0] in hashed


def compare(
    folder: Place,
    manifest: Manifest,
    found: Set[str],
    fault: Callable[[str, FileFacts], str | None],
    threads: int,
) -> None:
    """Raise if the names that were *found* in *folder* are not those of its manifest, or a file has a *fault*.

    Raises:
        Damaged: If it is so; the message names the file.
    """
    with ThreadPoolExecutor(threads) as pool:
        faults = [f"{name} is missing" for name in sorted(manifest.files.keys() - found)] + [
            f"{name} is not in the manifest" for name in sorted(found - manifest.files.keys())
        ]
        listed = sorted(found & manifest.files.keys())
        expected = [manifest.files[name] for name in listed]
        faults += filter(None, pool.map(fault, listed, expected))
    if faults:
        more = len(faults) - _FAULTS_SHOWN
        shown = "; ".join(faults[:_FAULTS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        raise Damaged(f"{folder} is damaged: {shown}.")


def _fault(folder: Path, name: str, expected: FileFacts, *, is_hashed: bool) -> str | None:
    """What is wrong with one file, if anything."""
    try:
        size = (folder / name).stat().st_size
        if size != expected.size:
            return f"{name} has {size} bytes, expected {expected.size}"
        if not is_hashed:
            return None
        found = hash_file(folder / name)
    except OSError as error:
        if error.errno not in GONE_OR_REPLACED:
            raise unreadable(folder / name, error) from error
        return f"{name} cannot be read ({error.strerror})"
    if found.sha256 != expected.sha256:
        return f"{name} has sha256 {found.sha256[:12]}..., expected {expected.sha256[:12]}..."
    return None
