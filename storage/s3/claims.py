"""Claims: how those who make and those who clean keep out of each other's way, where nobody can lock.

Who makes, publishes or pins something first claims it and then looks whether it is condemned; who removes something
first condemns it and then looks whether it is claimed. A bucket shows at once to all what one has written, so of two
who come together one at least sees the other and lets go.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from songspace.s3 import bucket
from songspace.s3.url import Url
from storage.errors import StoreError
from storage.layout import BucketLayout

log = logging.getLogger(__name__)

CLAIM_LASTS: Final = timedelta(days=1)
"""Older ones are of processes that died: no upload and no check of a release takes so long."""

SENTENCE_LASTS: Final = timedelta(hours=1)
"""Likewise for what is condemned; a cleaning that was killed leaves it so."""

_PATIENCE_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.2


@contextmanager
def claimed(layout: BucketLayout, name: str) -> Iterator[None]:
    """Have no cleaning remove *name*, such as releases/<id>, during the block.

    Raises:
        OSError: If the server refuses.
        StoreError: If a cleaning is removing it now, and does not come to an end.
    """
    claim = layout.claims / name / secrets.token_hex(8)
    bucket.put(claim, b"")
    try:
        _wait_for_cleaning(layout.condemned / name, now=_written_at(claim))
        yield
    finally:
        _let_go(claim)


@contextmanager
def condemned(layout: BucketLayout, name: str) -> Iterator[bool]:
    """Whether *name* may be removed during the block: nobody has claimed it, and nobody can publish it meanwhile.

    Raises:
        OSError: If the server refuses.
    """
    sentence = layout.condemned / name / secrets.token_hex(8)
    bucket.put(sentence, b"")
    try:
        yield not _is_alive(layout.claims / name, now=_written_at(sentence), lasts=CLAIM_LASTS)
    finally:
        _let_go(sentence)


def _is_alive(folder: Url, now: datetime, lasts: timedelta) -> bool:
    """Whether one of the claims or sentences in *folder* is of somebody who lives."""
    return any(one.modified > now - lasts for one in bucket.walk(folder))


def forget_dead(layout: BucketLayout, now: datetime) -> None:
    """Remove the claims and sentences of those who died."""
    for folder, lasts in ((layout.claims, CLAIM_LASTS), (layout.condemned, SENTENCE_LASTS)):
        bucket.remove(
            folder / one.name for one in bucket.walk(folder) if one.modified <= now - lasts
        )


def _wait_for_cleaning(sentences: Url, now: datetime) -> None:
    """Return once no cleaning has a sentence there."""
    until = time.monotonic() + _PATIENCE_S
    while _is_alive(sentences, now, SENTENCE_LASTS):
        if time.monotonic() > until:
            raise StoreError(
                f"A cleaning has been at it for a minute, says {sentences}. If it was killed, remove what "
                "lies there, and try again."
            )
        time.sleep(_LOOK_EVERY_S)


def _written_at(url: Url) -> datetime:
    """When an object was written, by the server's clock: what the machines' clocks say plays no part.

    Raises:
        StoreError: If somebody removed it already.
    """
    found = bucket.look(url)
    if found is None:
        raise StoreError(f"{url} was removed as soon as it was written. Nothing else was changed.")
    return found.modified


def _let_go(url: Url) -> None:
    """Remove an object of ours; if the server refuses, its age will tell that it counts no more."""
    try:
        bucket.remove([url])
    except OSError as error:
        log.warning("could not remove %s: %s", url, error)
