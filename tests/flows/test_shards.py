"""A catalogue of several files is read file by file, and each file once."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prefect import flow
from prefect.client.schemas.objects import State

import songspace
from flows.pipeline import encode_songs, read_catalogue
from flows.run import Run
from flows.settings import PipelineSettings
from tasks.ingest.synthetic import CatalogueSettings, write_catalogue
from tasks.pieces import pieces_of
from tests.flows.small_runs import FILES, MAPPED, STAGES, First, Shards, runs_of, states_of

PIECES = ("shard", "summary", "encoded", "placed", "nearest")


@flow
def encoding(settings: PipelineSettings) -> None:
    """The beginning of the pipeline: the songs of all files, encoded."""
    with Run.begin(settings) as run:
        songs = read_catalogue(run, settings)
        encode_songs(run, pieces_of(run.store, songs, "songs"), settings)


def encode(line: Shards) -> dict[str, str]:
    """The states of the task runs of that beginning, by their name."""
    state: State[Any] = encoding(line.settings(), return_state=True)
    state.result()
    _, runs = runs_of(state, last="gather_features")
    return states_of(runs)


def busy(states: dict[str, str], stage: str) -> list[str]:
    """Which runs of a stage found nothing that they could use again."""
    return sorted(
        name
        for name, state in states.items()
        if name.partition(" ")[0] == stage and state != "Cached"
    )


def songs_by_file(root: Path) -> dict[str, int]:
    """How many songs of the live release come from each file."""
    with songspace.open(root) as release:
        counts = release.songs.group_by("file").len().collect()
    return dict(counts.iter_rows())


def drop_last_row(file: Path) -> None:
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


def test_a_folder_of_files_makes_a_release_that_is_live(
    base_shards: Shards, first_of_shards: First
) -> None:
    published, worked = first_of_shards

    assert worked == list(STAGES)
    assert published.live
    assert set(songs_by_file(base_shards.root)) == set(FILES)


def test_every_file_is_worked_on_by_itself(base_shards: Shards, first_of_shards: First) -> None:
    del first_of_shards
    states = base_shards.last_states

    for stage in MAPPED:
        assert busy(states, stage) == [f"{stage} {number} of 3" for number in (1, 2, 3)]
    assert len(states) == 1 + len(STAGES) + 2 * len(MAPPED)


def test_tables_of_a_release_of_several_files_speak_of_the_same_songs_in_the_same_order(
    base_shards: Shards, first_of_shards: First
) -> None:
    del first_of_shards
    with songspace.open(base_shards.root) as release:
        songs = release.songs.select("song_id", "file").collect()
        latents = release.latents.select("song_id").collect()["song_id"]
        neighbours = release.neighbours.select("song_id").collect()["song_id"]

    assert songs["file"].is_sorted()
    assert latents.equals(songs["song_id"])
    assert neighbours.unique(maintain_order=True).equals(songs["song_id"])


def test_neighbours_are_sought_among_the_songs_of_all_files(
    base_shards: Shards, first_of_shards: First
) -> None:
    del first_of_shards
    with songspace.open(base_shards.root) as release:
        files = release.songs.select("song_id", "file").collect()
        pairs = release.neighbours.collect().join(files, on="song_id")

    found = pairs.join(files.rename({"song_id": "neighbour_id", "file": "of"}), on="neighbour_id")
    assert found.filter(pl.col("file") != pl.col("of")).height > found.height / 10


def test_the_same_files_again_are_not_read_again(shards: Shards, first_of_shards: First) -> None:
    published, _ = first_of_shards

    assert shards.run() == (published, [])


@pytest.mark.fault
def test_of_three_files_only_the_one_that_was_changed_is_read_again(shards: Shards) -> None:
    drop_last_row(shards.file("b.csv"))

    states = encode(shards)

    assert busy(states, "ingest") == ["ingest 2 of 3"]
    assert busy(states, "summarise") == ["summarise 2 of 3"]
    assert busy(states, "fold") == ["fold"]


@pytest.mark.fault
def test_pieces_that_are_gone_are_made_again_and_no_others(
    shards: Shards, first_of_shards: First
) -> None:
    published, _ = first_of_shards
    gone = shards.pieces(published, "shard")[::2]
    for ref in gone:
        shutil.rmtree(shards.root / "artifacts" / ref.kind / ref.version)

    state: State[Any] = encoding(shards.settings(), return_state=True)

    _, runs = runs_of(state, last="gather_features")
    read = [
        run.name for run in runs if run.name.startswith("ingest") and run.state_name != "Cached"
    ]
    assert sorted(read) == ["ingest 1 of 3", "ingest 3 of 3"]
    assert all(map(shards.store.holds, gone))


def test_a_file_that_comes_to_others_is_read_and_no_other(shards: Shards) -> None:
    settings = CatalogueSettings(rows=60, seed=1, broken_share=0)
    write_catalogue(shards.file("ab.csv"), settings)

    states = encode(shards)

    assert busy(states, "ingest") == ["ingest 2 of 4"]
    assert len([name for name in states if name.startswith("ingest")]) == 4


def test_a_file_that_goes_leaves_the_others_as_they_were_read(shards: Shards) -> None:
    shards.file("a.csv").unlink()

    states = encode(shards)

    assert busy(states, "ingest") == []
    assert {name for name in states if name.startswith("ingest")} == {
        "ingest 1 of 2",
        "ingest 2 of 2",
    }


@pytest.mark.fault
def test_files_that_were_moved_together_are_not_read_again(shards: Shards, tmp_path: Path) -> None:
    """Where they lie is not part of what they are."""
    shards.csv = shards.csv.rename(tmp_path / "elsewhere")

    states = encode(shards)

    assert {name for name, state in states.items() if state != "Cached"} == {"find_source"}


def test_a_file_of_another_name_is_read_again(shards: Shards) -> None:
    """Every row says in which file it stands."""
    shards.file("c.csv").rename(shards.file("d.csv"))

    assert busy(encode(shards), "ingest") == ["ingest 3 of 3"]


def test_a_file_that_was_changed_back_is_found_again(shards: Shards) -> None:
    content = shards.file("b.csv").read_bytes()
    drop_last_row(shards.file("b.csv"))
    encode(shards)
    shards.file("b.csv").write_bytes(content)

    states = encode(shards)

    assert {name for name, state in states.items() if state != "Cached"} == {"find_source"}


def test_a_release_names_the_pieces_that_it_was_made_of(
    base_shards: Shards, first_of_shards: First
) -> None:
    published, _ = first_of_shards

    recorded = base_shards.store.release_manifest(published.release).recipe["pieces"]
    assert isinstance(recorded, dict)
    assert set(recorded) == set(PIECES)
    for kind in PIECES:
        pieces = base_shards.pieces(published, kind)
        assert [ref.kind for ref in pieces] == [kind] * 3
        for ref in pieces:
            base_shards.store.verify(ref)


@pytest.mark.fault
def test_a_cleaning_keeps_all_that_the_next_run_finds_again(
    shards: Shards, first_of_shards: First
) -> None:
    published, _ = first_of_shards
    content = shards.file("b.csv").read_bytes()
    drop_last_row(shards.file("b.csv"))
    encode(shards)  # what no release names
    shards.file("b.csv").write_bytes(content)

    report = shards.store.gc(keep_releases=1, min_age=timedelta())

    removed = sorted(name.partition("/")[0] for name in report.artifacts)
    assert {"shard", "songs", "summary", "encoder", "encoded", "features"} == {*removed}
    assert removed.count("shard") == 1
    assert removed.count("summary") == 1
    assert shards.run() == (published, [])
