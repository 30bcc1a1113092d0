"""Repeats are folded into the first row of their song, and clones are known."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from xxhash import xxh3_64_intdigest

from tasks.ingest.folding import RECORDING, Folding, HashCollisionError, Prints, fold, song_ids
from tests.tasks.ingest.conftest import Ingest
from tests.tasks.ingest.csv_rows import as_csv, make_rows


def test_song_ids_are_the_signed_xxh3_of_artist_and_song() -> None:
    ids = song_ids(pl.Series(["Ada", "Björk"]), pl.Series(["One", "Jóga"]))

    digests = [xxh3_64_intdigest(key.encode()) for key in ("Ada\x1fOne", "Björk\x1fJóga")]
    assert ids.to_list() == [(d + 2**63) % 2**64 - 2**63 for d in digests]
    assert ids.to_list() == [-5121397668845383046, -3940191417269950635]


def test_a_repeat_is_folded_into_the_first_row_of_its_song(ingest: Ingest) -> None:
    rows = make_rows(3)
    rows += [rows[1], {**rows[1], "Energy": "9"}, {**rows[2], "song": " Song 2 "}]

    got = ingest(as_csv(rows))

    ids = got.songs["song_id"].to_list()
    assert got.songs["duplicates"].to_list() == [0, 2, 1]
    assert got.songs["energy"].to_list() == [0, 0, 0]
    assert got.table("folded").rows() == [
        ("songs.csv", 5, ids[1], True),
        ("songs.csv", 6, ids[1], False),
        ("songs.csv", 7, ids[2], True),
    ]
    assert got.table("lyrics")["song_id"].to_list() == ids


def test_rows_fold_over_blocks_and_files(ingest: Ingest, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(as_csv(make_rows(300)))
    second.write_text(as_csv(make_rows(301)))

    got = ingest([first, second], block_mb=0.01)

    assert got.counts.model_dump(exclude={"reasons"}) == {
        "read": 601,
        "kept": 301,
        "folded": 300,
        "quarantined": 0,
    }
    assert got.table("folded")["file"].unique().to_list() == ["b.csv"]
    assert got.songs.row(-1, named=True)["file"] == "b.csv"
    assert got.songs["duplicates"].to_list() == [1] * 300 + [0]


def test_the_same_recording_under_two_titles_is_a_clone(ingest: Ingest) -> None:
    rows = make_rows(4, Tempo="120")
    rows[2] |= {"Artist(s)": "Bob", "Album": "Other", "Popularity": "77"}
    rows[3]["Liveness"] = "9"

    got = ingest(as_csv(rows))

    ids = got.songs["song_id"].to_list()
    assert got.songs["clone_group"].to_list() == [ids[0], ids[0], ids[0], ids[3]]
    assert got.profile["clones"] == {"groups": 1, "songs": 3}


@pytest.mark.parametrize("column", ["Length", "Key", "Tempo", "Loudness_(db)", "Energy"])
def test_songs_of_which_something_is_unknown_are_no_clones(ingest: Ingest, column: str) -> None:
    rows = make_rows(3, **{"Tempo": "120", column: ""})

    got = ingest(as_csv(rows))

    assert got.songs["clone_group"].equals(got.songs["song_id"].alias("clone_group"))


def test_two_songs_with_one_id_are_an_error_that_names_the_row() -> None:
    def row(song: str, line: int) -> pl.DataFrame:
        cells = {"song_id": [7], "artist": ["Ada"], "song": [song], "file": ["a.csv"]}
        return pl.DataFrame(
            {**cells, "line": [line], **{name: [1] for name in RECORDING}}
        ).with_columns(artists=pl.lit([]), genres=pl.lit([]))

    folding = Folding()
    folding.keep_first(row("One", 2))
    folding.keep_first(row("Two", 3))

    with pytest.raises(
        HashCollisionError, match=r"a\.csv, line 3: 'Two' by 'Ada' has the song_id 7"
    ):
        fold([Prints(folding.firsts, folding.repeats, folding.firsts.filter)])
