"""Publishes a second release many times, each time failing at the next call that changes the disk.

Run as `publish_and_fail.py FOLDER MODE` with MODE `kill`, or the name of an error such as `EIO`,
or `late EIO` for an error that comes after the disk did what it was asked. Leaves one store per
failure in FOLDER and prints one JSON line for each: where it failed and what the caller was told.
"""

import errno
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from songspace.errors import SongspaceError
from storage import Store

CALLS = [
    *((os, name) for name in ("chmod", "fsync", "link", "mkdir", "rename", "replace", "rmdir")),
    *((os, name) for name in ("symlink", "unlink", "utime")),
    (io, "open"),
]


def main(folder: Path, mode: str) -> None:
    """Fail at call 1, 2, 3 ... until nothing is left to fail at."""
    publish(Store.open(folder / "old"), b"old")
    number, finished = 0, False
    while not finished:
        number += 1
        shutil.copytree(folder / "old", folder / f"{number:03d}", symlinks=True)
        store = Store.open(folder / f"{number:03d}")
        report = in_child(partial(attempt, store, number, mode))
        sys.stdout.write(json.dumps({"root": str(store.root), **report}) + "\n")
        sys.stdout.flush()  # or the next child would say it again
        finished = report["at"] is None


def publish(store: Store, content: bytes) -> None:
    """What a run does with a store, from the first byte until it is live."""
    with store.draft() as draft:
        (draft / "songs").mkdir()
        (draft / "songs" / "part-0.parquet").write_bytes(content)
        songs = store.commit(draft, "songs", recipe={})
    release = store.build_release({"songs": (songs, "songs")}, meta={})
    head = store.head()
    if head is None or head.release != release:
        store.promote(release, expected=head.sequence if head else None)


def attempt(store: Store, number: int, mode: str) -> dict[str, Any]:
    """Publish with the fault armed; says at which call it struck and what the caller was told."""
    struck: list[str] = []
    for module, name in CALLS:
        setattr(module, name, failing(getattr(module, name), number, mode, struck))
    try:
        publish(store, b"new")
    except SongspaceError as error:
        return {"at": struck[number - 1], "told": str(error), "type": type(error).__name__}
    return {"at": struck[number - 1] if len(struck) >= number else None, "told": None}


def failing(
    call: Callable[..., Any], number: int, mode: str, struck: list[str]
) -> Callable[..., Any]:
    """*call*, except that the *number*-th of all calls that change the disk meets its fault."""

    def instead(*arguments: Any, **options: Any) -> Any:
        opens = call.__name__ == "open"
        if opens and not set("xwa") & set(arguments[1]):
            return call(*arguments, **options)
        struck.append(call.__name__)
        if len(struck) != number:
            return call(*arguments, **options)
        if mode.startswith("late ") or (opens and mode == "kill"):  # an empty file is left behind
            call(*arguments, **options)
        if mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        code = getattr(errno, mode.removeprefix("late "))
        raise OSError(code, os.strerror(code))

    return instead


def in_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The report of *work*, done in a process of its own; a killed one says no more than that."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, json.dumps(work()).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return dict(json.loads(said)) if said else {"at": "killed", "told": None}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
