"""New songs lie where a full run would put them, and find what it would find for them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from songspace.features import MEDITATION_SOURCES
from songspace.schemas import CONTINUOUS, ENCODED, GOOD_FOR, LATENTS
from tasks.ingest.columns import COLUMNS
from tasks.new_songs.encode import encode_new_songs
from tasks.new_songs.neighbours import own_groups
from tests.tasks.ingest.csv_rows import HEADER, make_rows
from tests.tasks.new_songs.conftest import Encode, Rows, Write
from tests.tasks.new_songs.live_space import K, LiveSpace

READ = {"genre", "emotion", *CONTINUOUS, *GOOD_FOR, *MEDITATION_SOURCES}


def distances(one: pl.DataFrame, other: pl.DataFrame) -> list[float]:
    """How far the latents of two tables lie apart, row by row."""
    apart = one["latent"].to_numpy() - other["latent"].to_numpy()
    return [float(distance) for distance in np.linalg.norm(apart, axis=1)]


def refuse_differences(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Fail unless both have the same LATENTS, row by row."""
    names = pl.exclude("latent", "neighbours")
    assert found.select(names).equals(expected.select(names))
    assert max(distances(found, expected)) < 1e-6


def test_the_rows_of_a_release_get_the_latents_that_it_has(
    space: LiveSpace, encode: Encode
) -> None:
    found = encode(space.csv)

    assert found.schema == ENCODED
    assert list(ENCODED)[:-1] == list(LATENTS)
    refuse_differences(found, space.table("latents"))


def test_the_rows_of_a_release_find_the_neighbours_that_it_has(
    space: LiveSpace, encode: Encode
) -> None:
    listed = encode(space.csv).select("song_id", "neighbours").explode("neighbours")

    found = listed.unnest("neighbours")
    expected = space.table("neighbours")
    assert found["song_id"].equals(expected["song_id"])
    assert found["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), abs=1e-6)
    ties = expected["score"].diff().abs() < 1e-6
    tied = ties | ties.shift(-1, fill_value=False)
    assert (found["neighbour_id"] == expected["neighbour_id"]).filter(~tied.fill_null(False)).all()


def lacking() -> Rows:
    """A song whose cells are all filled, and one for each column in which its cell is empty."""
    headers = HEADER[2:]  # all but artist and song
    rows = make_rows(1 + len(headers), Tempo="105")
    for row, header in zip(rows[1:], headers, strict=True):
        row[header] = ""
    return rows


def test_any_cell_may_be_empty_and_what_the_model_reads_then_counts_as_unknown(
    space: LiveSpace, write: Write, encode: Encode
) -> None:
    new = write(lacking())

    found = encode(new)

    refuse_differences(found, space.latents_of(new))
    empty = [COLUMNS[header].name for header in HEADER[2:]]
    full = pl.concat([found[:1]] * len(empty))
    moved = {
        name for name, far in zip(empty, distances(found[1:], full), strict=True) if far > 1e-3
    }
    assert moved == READ


@pytest.mark.parametrize(
    "absent",
    [
        pytest.param({"Tempo"}, id="tempo"),
        pytest.param({"Genre", "emotion"}, id="categories"),
        pytest.param({"text", "Album", "Length", "Key"}, id="what the model does not read"),
        pytest.param({*HEADER} - {"song", "Artist(s)"}, id="all but artist and song"),
    ],
)
def test_a_column_that_is_absent_is_a_column_of_empty_cells(
    write: Write, encode: Encode, absent: set[str]
) -> None:
    rows = make_rows(20)
    found = encode(write(rows, tuple(name for name in HEADER if name not in absent)))
    emptied = [{**row, **dict.fromkeys(absent, "")} for row in rows]

    expected = encode(write(emptied))

    refuse_differences(found, expected)


def test_artist_and_song_alone_make_a_place(space: LiveSpace, write: Write, encode: Encode) -> None:
    known = space.table("songs")["artists"].list.first().unique(maintain_order=True)[:2]
    artists = [known[0], known[0].upper(), known[1], "Nobody Ever", "No Other"]
    rows = [{"Artist(s)": name, "song": str(number)} for number, name in enumerate(artists)]

    found = encode(write(rows, ("song", "Artist(s)")))

    same, upper, other, nobody, nobody_else = found["latent"].to_numpy()
    assert np.array_equal(same, upper)
    assert np.array_equal(nobody, nobody_else)
    assert np.linalg.norm(same - other) > 1e-3
    assert np.linalg.norm(same - nobody) > 1e-3
    assert found["neighbours"].list.len().to_list() == [K] * 5


@pytest.mark.parametrize(
    ("column", "strange"),
    [
        ("Artist(s)", "Nobody Ever"),
        ("Genre", "never heard,nor this"),
        ("emotion", "True"),
        ("emotion", "thirst"),
    ],
)
def test_names_that_the_release_does_not_know_are_unknown(
    space: LiveSpace, write: Write, encode: Encode, column: str, strange: str
) -> None:
    new = write([{**row, column: strange} for row in make_rows(20)])

    found = encode(new)

    refuse_differences(found, space.latents_of(new))
    if column != "Artist(s)":
        emptied = encode(write([{**row, column: ""} for row in make_rows(20)]))
        assert max(distances(found, emptied)) == 0


@pytest.mark.real_rows
def test_real_rows_lie_where_a_full_run_puts_them(
    space: LiveSpace, encode: Encode, real_rows: Path
) -> None:
    new = real_rows / "spotify_head_1000.csv"

    refuse_differences(encode(new), space.latents_of(new))


@pytest.fixture
def clones(space: LiveSpace) -> pl.DataFrame:
    """A clone group of the release, as rows of SONGS."""
    songs = space.table("songs")
    group = songs.filter(pl.len().over("clone_group") > 1)["clone_group"][0]
    return songs.filter(pl.col("clone_group") == group)


def found_by(table: pl.DataFrame) -> set[int]:
    """The songs in the one list of *table*."""
    return set(table["neighbours"].explode().struct.field("neighbour_id"))


@pytest.fixture
def renamed(space: LiveSpace, clones: pl.DataFrame) -> dict[str, str]:
    """The row of one of the clones, under a title that nobody used."""
    with space.csv.open(newline="") as file:
        rows = [*csv.DictReader(file)]  # the generator writes no cell of several lines
    row = rows[clones["line"][0] - 2]
    assert row["song"] == clones["song"][0]
    return {**row, "song": "A title that nobody used"}


def test_another_title_of_a_recording_that_is_known_finds_none_of_its_clones(
    clones: pl.DataFrame, renamed: dict[str, str], write: Write, encode: Encode
) -> None:
    table = encode(write([renamed]))

    assert table["song_id"].item() not in clones["song_id"].to_list()
    assert len(found_by(table)) == K
    assert found_by(table).isdisjoint(clones["song_id"])


def test_a_recording_of_which_a_part_is_unknown_may_be_another(
    clones: pl.DataFrame, renamed: dict[str, str], write: Write, encode: Encode
) -> None:
    """The model reads no key: the song lies where the clones do."""
    table = encode(write([{**renamed, "Key": ""}]))

    assert found_by(table) & {*clones["song_id"]}


def test_a_song_that_is_known_finds_neither_itself_nor_its_clones_though_its_cells_changed(
    clones: pl.DataFrame, write: Write, encode: Encode
) -> None:
    row = clones.row(0, named=True)
    one = {"Artist(s)": row["artist"], "song": row["song"], "Energy": "3"}

    table = encode(write([one], tuple(one)))

    assert table["song_id"].to_list() == [row["song_id"]]
    assert len(found_by(table)) == K
    assert found_by(table).isdisjoint(clones["song_id"])


def test_no_list_holds_two_clones(space: LiveSpace, encode: Encode, write: Write) -> None:
    groups = space.table("songs").select(neighbour_id="song_id", group="clone_group")

    table = encode(write(make_rows(50)))

    listed = table.select("song_id", "neighbours").explode("neighbours").unnest("neighbours")
    assert (
        not listed.join(groups, on="neighbour_id").select("song_id", "group").is_duplicated().any()
    )


@pytest.mark.parametrize("k", [1, 12, 100])
def test_lists_are_as_long_as_asked(space: LiveSpace, write: Write, out: Path, k: int) -> None:
    encode_new_songs(str(write(make_rows(3))), space.store.root, out, k=k)

    table = pl.read_parquet(out)
    assert table["neighbours"].list.len().to_list() == [k] * 3
    assert (
        table["neighbours"]
        .list.eval(pl.element().struct.field("score").diff().fill_null(0) <= 0)
        .list.all()
        .all()
    )


def test_a_recording_with_a_gap_is_nobodys_clone(make_songs: Callable[..., pl.DataFrame]) -> None:
    """Songs 1 and 2 share their recordings with the new songs, but in that of song 2 the key is unknown."""
    recording: dict[str, Any] = {"length_s": 60, "loudness_db": -6.5, "time_signature": "4/4"}
    known = make_songs(song_id=[1, 2], key=["D min", None], **recording)
    songs = make_songs(song_id=[2, 3, 4], key=["F Maj", "D min", None], **recording)

    own = own_groups(songs, known.with_columns(group=pl.Series([10, 11])))

    assert own.tolist() == [[11, -1], [-1, 10], [-1, -1]]
