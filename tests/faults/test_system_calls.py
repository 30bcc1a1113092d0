"""Every system call by which a publish changes the store is killed at, and fails: nothing is torn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl
import pytest

import songspace
from storage import Store
from tests.faults.publish_tables import TABLES, publish

ROOT: Final = Path(__file__).parents[2]
SCRIPT: Final = Path(__file__).with_name("publish_tables.py")

OLD, NEW = 1, 2

CHANGING: Final = (
    *("openat", "creat", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate"),
    *("fallocate", "copy_file_range", "sendfile", "fsync", "fdatasync", "rename", "renameat"),
    *("renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir"),
    *("mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat"),
)
"""What changes a disk, or makes a change last; of `openat` only where it may write."""

SURELY_MADE: Final = {"openat", "write", "fsync", "rename", "link", "mkdir", "chmod", "unlinkat"}
"""Calls without which nothing can be published: a trace that lacks one saw too little."""

REMOVING: Final = {"unlink", "unlinkat", "rmdir"}
"""Where these fail, a draft may stay until the next run sweeps it."""

CALL: Final = re.compile(r"^(\d+) +(\w+)\((.*)")
PATH: Final = re.compile(r'[<"](/[^>"]*)[>"]')

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(900)]


class Call(NamedTuple):
    """One call of the publishing process: the *number*-th of that name that touches *path*."""

    name: str
    path: str  # below the store
    number: int


def strace(root: Path, log: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Publish NEW into the store, watched."""
    command = ["strace", "-f", "-y", "-o", str(log), *options]
    return subprocess.run(
        [*command, sys.executable, str(SCRIPT), str(root), str(NEW)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a live release, to be copied to `store`: the place has to be the same each time."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    folder = tmp_path_factory.mktemp("calls")
    publish(Store.open(folder / "before"), OLD)
    return folder / "before"


@pytest.fixture(scope="module")
def calls(before: Path) -> list[Call]:
    """All calls that change the store while NEW is published, in their order."""
    root, log = restored(before), before.with_name("log")
    traced = strace(root, log, "-e", f"trace={','.join(CHANGING)}")
    if "ptrace" in traced.stderr or "Operation not permitted" in traced.stderr:
        pytest.skip(f"strace is refused here: {traced.stderr.splitlines()[-1]}")
    assert traced.returncode == 0, traced.stderr
    assert live_number(root) == NEW
    found = list(changes(log.read_text().splitlines(), str(root)))
    assert {call.name for call in found} >= SURELY_MADE
    assert any(call.path.endswith("latents/part-0.parquet") for call in found)  # Polars wrote it
    return found


def restored(before: Path) -> Path:
    """The store as it was before NEW was published."""
    root = before.with_name("store")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(before, root, symlinks=True)
    return root


def changes(lines: Sequence[str], root: str) -> list[Call]:
    """The calls in a trace that change what lies below *root*."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for line in lines:
        match = CALL.match(line)
        if match is None:  # the end of a process, or of a call that another interrupted
            continue
        thread, name, rest = match.groups()
        paths = [path for path in PATH.findall(rest) if f"{path}/".startswith(f"{root}/")]
        seen.update((thread, name, path) for path in set(paths))
        if paths and (name != "openat" or re.search("O_CREAT|O_WRONLY|O_RDWR", rest)):
            found.append(Call(name, paths[0], seen[thread, name, paths[0]]))
    return found


def strike(root: Path, log: Path, call: Call, fault: str) -> subprocess.CompletedProcess[str]:
    """Publish NEW while *call* meets its *fault*."""
    inject = f"inject={call.name}:{fault}:when={call.number}"
    struck = strace(root, log, "-P", call.path, "-e", f"trace={call.name}", "-e", inject)
    assert call.path in log.read_text(), f"{call} was not made"
    return struck


def live_number(root: Path) -> int:
    """The number in the live release, after all its files were checked; one, or it would be mixed."""
    with songspace.open(root) as release:
        (number,) = pl.concat(release.table(table).collect() for table in TABLES)["number"].unique()
    return int(number)


def recover(root: Path) -> None:
    """The next run: it clears away what is left over, and publishes."""
    store = Store.open(root)
    assert staged(root) == []

    publish(store, NEW)

    assert live_number(root) == NEW
    assert [entry.sequence for entry in store.history()] == [1, 2]
    for release in store.releases():
        store.verify_release(release)
    assert (root / "live" / "songs" / "part-0.parquet").exists()


def staged(root: Path) -> list[str]:
    """The drafts that lie there."""
    return [path.name for path in (root / "staging").iterdir()]


def test_a_kill_at_any_system_call_leaves_the_old_or_the_new_release_whole(
    before: Path, calls: list[Call]
) -> None:
    seen = []
    for call in calls:
        root, log = restored(before), before.with_name("log")

        struck = strike(root, log, call, "signal=SIGKILL")

        assert "killed by SIGKILL" in log.read_text(), call
        assert struck.returncode != 0
        seen.append(live_number(root))
        recover(root)
    assert seen == sorted(seen)  # first only old ones, then only new ones
    assert set(seen) == {OLD, NEW}


@pytest.mark.parametrize(
    ("code", "words"), [("EIO", "Input/output error"), ("ENOSPC", "No space left on device")]
)
def test_an_error_of_any_system_call_names_the_disk_and_leaves_the_live_release(
    before: Path, calls: list[Call], code: str, words: str
) -> None:
    told = 0
    for call in calls:
        root, log = restored(before), before.with_name("log")

        struck = strike(root, log, call, f"error={code}")

        assert "(INJECTED)" in log.read_text(), call
        if struck.returncode == 0:
            assert live_number(root) == NEW, call  # it had landed, or only the cleaning failed
        else:
            assert struck.stderr.startswith("StoreError: "), (call, struck.stderr)
            assert words in struck.stderr, (call, struck.stderr)
            assert str(root) in struck.stderr
            assert live_number(root) == OLD, call
            told += 1
        assert call.name in REMOVING or staged(root) == [], call
        recover(root)
    assert told > len(calls) / 2
