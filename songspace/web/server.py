"""The server: reads the release, then listens, until it is stopped."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from threadpoolctl import threadpool_limits

from songspace.places import Place
from songspace.web.live import read_live

if TYPE_CHECKING:
    from songspace.web.following import Following

log = logging.getLogger(__name__)

LOOPBACK: Final = ("127.0.0.1", "localhost")
EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to

M_MMAP_THRESHOLD: Final = -3  # of mallopt(3)
LARGE: Final = 1 << 20
"""Bytes from which on an array lies in memory of its own."""

MOST_CONNECTIONS: Final = 512
"""Beyond these the answer is 503 at once."""


def serve(
    store_or_release: str | Place,
    host: str,
    port: int,
    origins: Sequence[str] = (),
    names: Sequence[str] = (),
) -> None:
    """Serve the API and the page until the process is stopped.

    Args:
        store_or_release: What is served; the live release of a store is followed.
        host: The address to listen at.
        port: Likewise.
        origins: Other origins whose pages may ask.
        names: Further names under which requests may come, as through a proxy.

    Raises:
        SongspaceError: If there is no release that can be read.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")  # as uvicorn's
    threadpool_limits(1, "blas")  # its threads would only fight for the cores with Polars'
    give_back_large_memory()
    following = begin_following(store_or_release)
    import uvicorn  # here and below: what takes long to import is imported while the release is read

    from songspace.web.app import make_app

    uvicorn.run(
        make_app(following, [*hosts_for(host), *map(str.lower, names)], origins),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )


def begin_following(store_or_release: str | Place) -> Following:
    """What is served first, read while the web framework is imported, which takes half as long.

    A function of its own: nothing that outlives it may hold on to the first release.
    """
    with ThreadPoolExecutor(max_workers=1) as reader:
        reading = reader.submit(read_live, store_or_release)
        import uvicorn  # noqa: F401

        from songspace.web import app  # noqa: F401
        from songspace.web.following import Following

        following = Following(store_or_release, reading.result())
    log.info("serving release %s, %d songs", following.offer.release, following.offer.songs)
    return following


def give_back_large_memory() -> None:
    """Let the C library give large arrays back to the system when they are freed.

    By itself it keeps ever larger ones for later, and with five releases one after the other the server came to
    750 MB instead of 690.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc's
        library.mallopt(M_MMAP_THRESHOLD, LARGE)


def hosts_for(host: str) -> list[str]:
    """Names under which a browser may ask: bound to one address, a page elsewhere cannot point its own name here."""
    return ["*"] if host in EVERYWHERE else list(dict.fromkeys([host.lower(), *LOOPBACK]))
