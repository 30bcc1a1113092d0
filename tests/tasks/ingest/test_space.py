"""A run that the disk has no room for is refused before it begins, one that was begun goes on."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import run

import pytest

from storage.errors import StoreError
from storage.store import Store
from tasks.ingest.space import bytes_made, bytes_needed, require_space
from tasks.ingest.task import SourceFile
from tasks.stage import plain

MB = 1_000_000
Disk = Callable[[int], Store]


def source(megabytes: float, name: str = "songs.csv", sha256: str = "1") -> SourceFile:
    return SourceFile(
        path=f"/data/{name}",
        name=name,
        bytes=int(megabytes * MB),
        sha256=sha256,
        modified_ns=0,
    )


@pytest.fixture
def disk(small_disk: Path) -> Disk:
    """A store on a disk of so many megabytes."""

    def make(megabytes: int) -> Store:
        options = f"remount,size={megabytes * MB}"
        run(["mount", "-o", options, str(small_disk)], check=True)
        return Store.open(small_disk / "store")

    return make


def note_run(
    store: Store, files: Sequence[SourceFile], megabytes: int, name: str = "20240101"
) -> None:
    """What a run over *files* leaves that made so many megabytes of each and was killed then."""
    shards = []
    for file in files:
        with store.draft() as draft:
            (draft / "part-0.parquet").write_bytes(os.urandom(megabytes * MB))
            recipe = {"inputs": {"file": plain(file)}}
            shards.append(store.commit(draft, "shard", recipe=recipe).model_dump())
    gone = {"kind": "songs", "version": "0" * 20}
    store.write_note(name, {"artifacts": {"songs": gone}, "pieces": {"shard": shards}})


def test_a_run_needs_as_much_as_its_source_and_something_for_models_and_pictures() -> None:
    assert bytes_needed([source(500), source(700)]) == 1300 * MB
    assert bytes_needed([source(0.1)]) == 100 * MB + 100_000


@pytest.mark.parametrize("name", ["songs.csv.gz", "songs.csv.zst", "SONGS.CSV.GZ"])
def test_a_packed_source_counts_as_it_will_be_unpacked(name: str) -> None:
    assert bytes_needed([source(100, name)]) == 500 * MB


@pytest.mark.fault
def test_too_little_room_is_said_with_numbers_and_a_way_out(disk: Disk) -> None:
    store = disk(150)

    with pytest.raises(StoreError) as refused:
        require_space(store, [source(70, "new.csv")])

    told = str(refused.value)
    assert f"Not enough room in {store.root} to run over new.csv" in told
    assert "expected 170 MB free, found 150 MB" in told
    assert "flows gc" in told
    assert "--store" in told


def test_room_enough_is_no_word_worth(disk: Disk) -> None:
    require_space(disk(150), [source(40)])


def test_a_run_that_was_begun_may_go_on_in_the_room_that_it_had(disk: Disk) -> None:
    store, files = disk(150), [source(45)]
    require_space(store, files)
    note_run(store, files, megabytes=20)
    checkpoint = store.unfinished("network-" + 20 * "0") / "checkpoint"
    checkpoint.write_bytes(bytes(10 * MB))
    store.write_note("20240102", {"artifacts": {}})  # of the run that asks

    require_space(store, files)

    assert bytes_made(store, files) == 20 * MB


def test_what_other_files_left_does_not_count(disk: Disk) -> None:
    store = disk(150)
    note_run(store, [source(45)], megabytes=20)

    with pytest.raises(StoreError, match="expected 145 MB free, found 130 MB"):
        require_space(store, [source(45, sha256="2")])


def test_what_was_made_of_some_of_the_files_counts(tmp_path: Path) -> None:
    store, first, second = Store.open(tmp_path / "store"), source(45), source(45, sha256="2")
    note_run(store, [first], megabytes=1)

    assert bytes_made(store, [first, second]) == MB


def test_shards_that_were_removed_since_do_not_count(tmp_path: Path) -> None:
    store, files = Store.open(tmp_path / "store"), [source(45)]
    note_run(store, files, megabytes=1)
    (folder,) = (store.root / "artifacts" / "shard").iterdir()
    folder.rename(tmp_path / "gone")

    assert bytes_made(store, files) == 0
