"""The server: reads the release, then listens, until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from threadpoolctl import threadpool_limits

from songspace.web.live import read_live

log = logging.getLogger(__name__)

LOOPBACK: Final = ("127.0.0.1", "localhost")
EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to

MOST_CONNECTIONS: Final = 512
"""Beyond these the answer is 503 at once."""


def serve(
    store_or_release: str | Path,
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
    with ThreadPoolExecutor(max_workers=1) as reader:
        reading = reader.submit(read_live, store_or_release)
        # The web framework takes as long to import as half of the release to read: both at once.
        import uvicorn

        from songspace.web.app import make_app
        from songspace.web.following import Following

        following = Following(store_or_release, reading.result())
    offer = following.offer
    log.info("serving release %s, %d songs", offer.release, offer.songs)
    app = make_app(following, [*hosts_for(host), *map(str.lower, names)], origins)
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )


def hosts_for(host: str) -> list[str]:
    """Names under which a browser may ask: bound to one address, a page elsewhere cannot point its own name here."""
    return ["*"] if host in EVERYWHERE else list(dict.fromkeys([host.lower(), *LOOPBACK]))
