"""Sources in a bucket: which objects a person means, and each as it was when it was listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from songspace.s3 import bucket
from songspace.s3.url import SCHEME, Url
from storage.errors import StoreError, disk_errors

_MAGIC: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class ObjectFacts:
    """One object of a bucket, as it was found."""

    url: str
    size: int
    e_tag: str

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.url.rpartition("/")[2]


def list_objects(url_or_pattern: str) -> list[ObjectFacts]:
    """The objects that are meant, by key: one key, a folder that ends in a slash, or a pattern such as `*.csv`.

    As with files a folder gives what lies in it and not below, and `*` does not match a slash.

    Raises:
        StoreError: If there is none, or the server does not say.
        ValueError: If it does not begin with s3://bucket/.
    """
    place, key = _split(url_or_pattern)
    with disk_errors(place, "look for a source"):
        found = sorted(_found(place, key), key=lambda one: one.url)
    if not found:
        raise StoreError(f"No object is {url_or_pattern}: expected a key, a folder/ or a pattern.")
    return found


def download(url: str, target: Path, e_tag: str) -> None:
    """Write the object at *url*, if it still is the version *e_tag*, into the new file *target*, block by block.

    Raises:
        StoreError: If it was changed or removed since, or the server or the disk refuses; nothing is left at *target*.
    """
    place, key = _split(url)
    try:
        with disk_errors(place, f"read {url}"), target.open("xb") as stream:
            for block in bucket.blocks(Url(place.bucket, key), e_tag):
                stream.write(block)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _split(text: str) -> tuple[Url, str]:
    """Bucket and key of a source, whose key may hold what a store's may not.

    Raises:
        ValueError: If it names no bucket, or no key.
    """
    bucket_name, slash, key = text.removeprefix(SCHEME).partition("/")
    if not text.startswith(SCHEME) or not slash:
        raise ValueError(f"Expected s3://bucket/key. Received: {text[:200]!r}.")
    return Url.parse(f"{SCHEME}{bucket_name}"), key


def _found(place: Url, key: str) -> Iterator[ObjectFacts]:
    """The objects that *key* means."""
    if not _MAGIC.search(key) and not key.endswith("/") and key:
        one = bucket.look(Url(place.bucket, key))
        if one is not None:
            yield ObjectFacts(f"{place}/{key}", one.size, one.e_tag)
        return
    pattern = f"{key}*" if key.endswith("/") or not key else key
    fixed = _MAGIC.split(pattern, maxsplit=1)[0].rpartition("/")[0]
    for one in bucket.walk(Url(place.bucket, fixed)):
        path = f"{fixed}/{one.name}" if fixed else one.name
        if _matches(path, pattern):
            yield ObjectFacts(f"{place}/{path}", one.size, one.e_tag)


def _matches(path: str, pattern: str) -> bool:
    """Whether a key is one that *pattern* means: its wildcards match no slash."""
    segments, wanted = path.split("/"), pattern.split("/")
    return len(segments) == len(wanted) and all(map(fnmatchcase, segments, wanted))
