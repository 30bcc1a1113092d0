"""Turns: one run at a time works in a store, and the next one is told which."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from songspace.places import Place
from storage.disk import let_go
from storage.errors import StoreError, disk_errors
from storage.layout import Layout


class Busy(StoreError):
    """Another run works in the store: nothing was begun."""


@contextmanager
def turn(layout: Layout, who: str, store: Place | None = None) -> Iterator[None]:
    """Let no other run into the store during the block; the kernel opens it again if we die.

    Only runs take turns: publishing, rolling back and cleaning are safe beside one. *store* is what the refusal
    calls the store, where that is not the folder of the lock.

    Raises:
        Busy: If another run has its turn; it says which.
        StoreError: If the disk refuses.
    """
    with disk_errors(layout.root, "begin a run"):
        descriptor = os.open(layout.running, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sign(descriptor, who)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Busy(_refusal(layout, store or layout.root)) from error
        except BaseException:
            let_go(descriptor)
            raise
    try:
        yield
    finally:
        let_go(descriptor)


def _sign(descriptor: int, who: str) -> None:
    """Write into the locked file whose turn it is."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"who": who, "pid": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(record).encode(), 0)


def _refusal(layout: Layout, store: Place) -> str:
    """What the one who comes too late is told."""
    try:
        record = json.loads(layout.running.read_bytes())
        process = f"process {record['pid']} on {record['host']}"
        runner = f" since {record['since']} ({record['who']}, {process})"
    except (ValueError, KeyError, TypeError):  # it took its turn this very moment
        runner = ""
    return (
        f"Another run works in {store}{runner}. Nothing was begun: wait for its end, "
        "stop it, or name another --store."
    )
