"""Places where releases are kept: a folder of a disk or of a bucket, read by the same few questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias, TypeVar

import polars as pl

from songspace.files import open_regular
from songspace.s3.url import SCHEME, Url

Place: TypeAlias = Path | Url
"""A folder or a file."""

AnyPlace = TypeVar("AnyPlace", Path, Url, Path | Url)
T = TypeVar("T")
R = TypeVar("R")


def place_of(named: str | Place) -> Place:
    """The place that a person named: `s3://bucket/prefix`, or a path, in which `~` is the home folder.

    Raises:
        ValueError: If it begins like the one and is not.
        RuntimeError: If `~` is the home of nobody.
    """
    if isinstance(named, Url):
        return named
    if str(named).startswith(SCHEME):
        return Url.parse(str(named))
    return Path(named).expanduser()


def read_bytes(file: Place) -> bytes:
    """The content of a file.

    Raises:
        OSError: If it is not there, no regular file, or not to be had.
    """
    if isinstance(file, Url):
        from songspace.s3 import bucket

        return bucket.read(file)
    with open_regular(file) as stream:
        return stream.read()


def names_in(folder: Place, after: str = "") -> list[str]:
    """The names of what lies in *folder*; in a bucket only those after *after*, so that a look costs little.

    Raises:
        OSError: If they are not to be had; a folder of a bucket that is not there is an empty one.
    """
    if not isinstance(folder, Url):
        return [path.name for path in folder.iterdir()]
    from songspace.s3 import bucket

    if after:
        return [one.name for one in bucket.walk(folder, after)]
    return bucket.names(folder)


def scan(files: Sequence[Place]) -> pl.LazyFrame:
    """The table of Parquet *files*, which all lie on a disk, or all in a bucket."""
    paths = [file for file in files if isinstance(file, Path)]
    if paths:
        return pl.scan_parquet(paths)
    from songspace.s3.access import Access

    return pl.scan_parquet(
        [str(file) for file in files],
        glob=False,
        storage_options=Access.of().for_polars(),
        credential_provider=None,
    )


def each(where: Place, ask: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """What *ask* gives for each of *things* that lie there, in their order; a bucket is asked for several at once."""
    if not isinstance(where, Url):
        return [ask(thing) for thing in things]
    from songspace.s3.bucket import THREADS

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(ask, things))
