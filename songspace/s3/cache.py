"""What is kept of a bucket on this machine: a mirror of its files, none of which is believed unhashed."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from songspace.errors import Damaged
from songspace.integrity import hash_file
from songspace.manifest import FileFacts
from songspace.s3 import bucket
from songspace.s3.access import Access
from songspace.s3.url import Url

PART: Final = ".part"
"""How the name of a file ends that is not all there yet."""


def mirror(url: Url) -> Path:
    """Where the mirror of *url* lies: below $XDG_CACHE_HOME/songspace, else ~/.cache/songspace."""
    home = os.environ.get("XDG_CACHE_HOME")
    caches = Path(home) if home else Path.home() / ".cache"
    server = hashlib.sha256(f"{Access.of().endpoint} {url.bucket}".encode()).hexdigest()
    return (caches / "songspace" / f"{url.bucket}-{server[:12]}").joinpath(*url.key.split("/"))


def fetch(url: Url, facts: FileFacts) -> Path:
    """The file at *url* on this machine, read from the bucket unless it is here already.

    Raises:
        Damaged: If it is not what *facts* say.
        OSError: If the bucket does not give it, or the disk does not take it.
    """
    path = mirror(url)
    if is_here(path, facts):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(8)}{PART}")
    try:
        found = _download(url, part)
        if found != facts:
            raise Damaged(
                f"{url} is not as its manifest lists it: {found.size} bytes with sha256 "
                f"{found.sha256[:12]}..., expected {facts.size} with {facts.sha256[:12]}..."
            )
        part.chmod(0o444)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def is_here(path: Path, facts: FileFacts) -> bool:
    """Whether the file at *path* is that of *facts*."""
    try:
        return path.stat().st_size == facts.size and hash_file(path) == facts
    except OSError:  # absent, or of no use
        return False


def hash_object(url: Url) -> FileFacts:
    """Size and sha256 of an object, which is read for it and not kept.

    Raises:
        OSError: If the bucket does not give it.
    """
    digest, size = hashlib.sha256(), 0
    for block in bucket.blocks(url):
        digest.update(block)
        size += len(block)
    return FileFacts(size, digest.hexdigest())


def _download(url: Url, path: Path) -> FileFacts:
    """Write the object into the new file *path*; gives what came."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as stream:
        for block in bucket.blocks(url):
            digest.update(block)
            size += len(block)
            stream.write(block)
    return FileFacts(size, digest.hexdigest())
