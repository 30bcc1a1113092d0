"""Objects of a bucket: read, written, copied, listed and removed, with errors like those of a disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from songspace.errors import SongspaceError
from songspace.s3.access import Access
from songspace.s3.errors import bucket_errors
from songspace.s3.url import Url

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Store

THREADS: Final = 8
"""Objects that are asked for at once: each waits for the network, not for a core."""

_BLOCK: Final = 1 << 20
_LISTED_AT_ONCE: Final = 1000

_RETRY: Final[RetryConfig] = {
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=5),
        "base": 2,
    },
}
"""Of a request that the server answers with 5xx or not at all: five more within some three seconds."""

_PATIENCE: Final[ClientConfig] = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=30),
    "timeout": timedelta(hours=1),  # of a whole object; one that stalls ends by the line above
}


@dataclass(frozen=True)
class ObjectFacts:
    """What a server says of an object without giving it."""

    name: str  # below the folder that was listed
    size: int
    e_tag: str
    modified: datetime  # by the server's clock


def read(url: Url) -> bytes:
    """The content of an object.

    Raises:
        OSError: FileNotFoundError if it is not there; else the server does not give it.
    """
    import_obstore()
    import obstore

    with bucket_errors(url):
        return bytes(obstore.get(_client(url), url.key).bytes())


def blocks(url: Url, e_tag: str | None = None) -> Iterator[bytes]:
    """The content of an object, block by block; where *e_tag* is named, of that version only.

    Raises:
        OSError: FileNotFoundError if it is not there, ESTALE if it was changed; else the server does not give it.
    """
    import_obstore()
    import obstore

    with bucket_errors(url):
        found = obstore.get(_client(url), url.key, options={"if_match": e_tag} if e_tag else None)
        for block in found.stream(min_chunk_size=_BLOCK):
            yield bytes(block)


def put(url: Url, content: bytes | Path) -> None:
    """Write an object, whole or not at all, in the place of what was there.

    Raises:
        OSError: If the server does not take it.
    """
    import_obstore()
    import obstore

    with bucket_errors(url):
        obstore.put(_client(url), url.key, content)


def create(url: Url, content: bytes) -> None:
    """Write an object, whole or not at all, where none is.

    Raises:
        OSError: FileExistsError if there is one, perhaps by an earlier try of this very call; else the server
            did not say that it took it.
    """
    import_obstore()
    import obstore

    with bucket_errors(url):
        obstore.put(_client(url), url.key, content, mode="create")


def copy(source: Url, target: Url) -> None:
    """Have the server copy an object.

    Raises:
        OSError: FileNotFoundError if there is no *source*; else the server does not do it.
    """
    import_obstore()
    import obstore

    with bucket_errors(source):
        obstore.copy(_client(source), source.key, target.key)


def remove(urls: Iterable[Url]) -> None:
    """Remove objects of one bucket; those that are not there are none.

    Raises:
        OSError: If the server does not do it.
    """
    import_obstore()
    import obstore

    urls = list(urls)
    if urls:
        with bucket_errors(urls[0]):
            obstore.delete(_client(urls[0]), [url.key for url in urls])


def look(url: Url) -> ObjectFacts | None:
    """What there is to know of an object; None if it is not there.

    Raises:
        OSError: If the server does not say.
    """
    import_obstore()
    import obstore

    try:
        with bucket_errors(url):
            found = obstore.head(_client(url), url.key)
    except FileNotFoundError:
        return None
    return ObjectFacts(url.name, found["size"], found["e_tag"] or "", found["last_modified"])


def walk(folder: Url, after: str = "") -> Iterator[ObjectFacts]:
    """All objects below *folder* by name; only those whose name comes after *after*, if it is given.

    Raises:
        OSError: If the server does not say.
    """
    import_obstore()
    import obstore

    prefix = f"{folder.key}/" if folder.key else ""
    offset = f"{prefix}{after}" if after else None
    with bucket_errors(folder):
        chunks = obstore.list(
            _client(folder), prefix or None, offset=offset, chunk_size=_LISTED_AT_ONCE
        )
        for chunk in chunks:
            for one in chunk:
                name = one["path"].removeprefix(prefix)
                yield ObjectFacts(name, one["size"], one["e_tag"] or "", one["last_modified"])


def names(folder: Url) -> list[str]:
    """The names of the objects and folders in *folder*.

    Raises:
        OSError: If the server does not say.
    """
    import_obstore()
    import obstore

    with bucket_errors(folder):
        found = obstore.list_with_delimiter(_client(folder), folder.key or None)
    paths = [*found["common_prefixes"], *(one["path"] for one in found["objects"])]
    return sorted(path.rpartition("/")[2] for path in paths)


def import_obstore() -> None:
    """Have the library at hand, which only those need who keep something in a bucket.

    Raises:
        SongspaceError: If it is not installed.
    """
    try:
        import obstore  # noqa: F401
    except ModuleNotFoundError as error:
        raise SongspaceError(
            f"Reading from s3:// needs {error.name}, which is not installed: pip install 'songspace[s3]'."
        ) from error


def _client(url: Url) -> S3Store:
    """The client for the bucket, as the environment says now."""
    return _client_of(url.bucket, Access.of())


@lru_cache(maxsize=16)
def _client_of(bucket: str, access: Access) -> S3Store:
    """A client; it keeps its connections open."""
    from obstore.store import S3Store

    config: S3Config = access.for_obstore()  # type: ignore[assignment]  # its keys are known
    patience: ClientConfig = {**_PATIENCE, "allow_http": access.allow_http}
    return S3Store(bucket, config=config, client_options=patience, retry_config=_RETRY)
