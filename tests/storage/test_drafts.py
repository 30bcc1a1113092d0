"""Drafts vanish with their writer, and never before."""

import errno
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL
from subprocess import PIPE, Popen, run

import numpy as np
import polars as pl
import pytest

from storage import ArtifactRef, Store, StoreError
from tests.storage.both import BOTH

ROOT = Path(__file__).parents[2]

WAIT_IN_A_DRAFT = """
import sys, time
from storage import Store
with Store.open(sys.argv[1]).draft() as draft:
    (draft / "half").write_bytes(b"half")
    print(draft.name, flush=True)
    time.sleep(60)
"""


def staged(store: Store) -> list[str]:
    return [path.name for path in (store.root / "staging").iterdir()]


@pytest.mark.fault
def test_a_draft_is_gone_when_its_writer_fails(store: Store) -> None:
    def write_half() -> None:
        with store.draft() as draft:
            (draft / "half").write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()

    assert staged(store) == []


@pytest.mark.fault
def test_a_killed_writers_draft_is_swept_and_a_living_ones_is_not(store: Store) -> None:
    command = [sys.executable, "-c", WAIT_IN_A_DRAFT, str(store.root)]
    with Popen(command, cwd=ROOT, stdout=PIPE, text=True) as writer:
        assert writer.stdout
        name = writer.stdout.readline().strip()

        Store.open(store.root)
        while_alive = staged(store)
        writer.send_signal(SIGKILL)
        writer.wait()
        Store.open(store.root)

    assert while_alive == [name]
    assert staged(store) == []


def test_a_sweep_leaves_alone_what_no_writer_made(store: Store) -> None:
    (store.root / "staging" / "notes").mkdir()

    Store.open(store.root)

    assert staged(store) == ["notes"]


def test_two_drafts_never_share_a_folder(store: Store) -> None:
    with store.draft() as first, store.draft() as second:
        assert first != second


def test_an_error_that_is_not_the_disks_passes_as_it_is(store: Store) -> None:
    with pytest.raises(FileNotFoundError), store.draft():
        (store.root / "absent").read_bytes()


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_an_error_of_another_disk_passes_as_it_is(store: Store, code: int) -> None:
    def read_a_source() -> None:
        with store.draft():
            raise OSError(code, os.strerror(code), "/mnt/usb/songs.csv")

    with pytest.raises(OSError, match="/mnt/usb/songs") as error:
        read_a_source()

    assert error.value.errno == code


@pytest.mark.fault
@pytest.mark.parametrize("named", [True, False])
def test_an_error_of_the_stores_disk_names_the_store(store: Store, named: bool) -> None:
    def write() -> None:
        with store.draft() as draft:
            place = [str(draft / "a")] if named else []
            raise OSError(errno.EIO, "Input/output error", *place)

    with pytest.raises(StoreError, match=f"Could not write to the store {store.root}"):
        write()


@BOTH
def test_an_error_that_was_already_told_well_is_not_told_again(store: Store) -> None:
    told = StoreError("the better words, and [Errno 28]")

    def fail() -> None:
        with store.draft():
            raise told

    with pytest.raises(StoreError) as error:
        fail()

    assert error.value is told


@pytest.mark.fault
def test_a_disk_that_polars_fills_is_named_and_left_clean(small_disk: Path) -> None:
    store = Store.open(small_disk / "store")
    noise = pl.DataFrame({"a": np.random.default_rng(0).random(2_000_000)})

    with pytest.raises(StoreError, match=str(store.root)), store.draft() as draft:
        noise.write_parquet(draft / "part-0.parquet")

    assert staged(store) == []


@pytest.mark.fault
def test_a_disk_that_a_commit_fills_is_named_and_left_clean(small_disk: Path) -> None:
    store = Store.open(small_disk / "store")
    with store.draft() as draft:
        (draft / "a").write_bytes(b"before")
        before = store.commit(draft, "songs", recipe={})

    def commit_many_small_files() -> None:
        with store.draft() as draft:
            for number in range(8 << 20 >> 12):  # the disk holds so many blocks, and no manifest
                (draft / f"file-{number}").write_bytes(b"1")
            store.commit(draft, "songs", recipe={})

    with pytest.raises(StoreError, match="No space left"):
        commit_many_small_files()

    assert staged(store) == []
    assert store.verify(before) == before


@pytest.mark.fault
def test_a_limit_on_file_size_is_told_and_leaves_nothing(
    store: Store, keep: Callable[..., ArtifactRef]
) -> None:
    before = keep({"a": b"before"})
    write = (
        "import sys; from storage import Store\n"
        "with Store.open(sys.argv[1]).draft() as draft:\n"
        "    (draft / 'large').write_bytes(bytes(1 << 20))\n"
    )
    writer = run(
        [sys.executable, "-c", write, str(store.root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16)),
    )

    assert writer.returncode == 1
    assert f"StoreError: Could not write to the store {store.root}" in writer.stderr
    assert "File too large" in writer.stderr
    assert staged(store) == []
    assert store.verify(before) == before
