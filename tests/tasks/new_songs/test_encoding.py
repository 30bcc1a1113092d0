"""What is written about new songs, what is told, and what is left where nothing can be written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

import songspace
from songspace import MixedSpaces, NotFound
from songspace.schemas import QUARANTINE
from storage.store import Store
from tasks.ingest.source import SourceError
from tasks.new_songs.encode import Encoded, encode_new_songs
from tests.tasks.ingest.csv_rows import make_rows
from tests.tasks.new_songs.conftest import Encode, Write
from tests.tasks.new_songs.live_space import SPACE, LiveSpace, keep_model

Run = Callable[[Path], Encoded]


@pytest.fixture
def side(out: Path) -> Path:
    """Where rows that break the contract are listed."""
    return out.with_name("new.quarantine.csv")


def test_the_file_says_of_which_space_and_release_it_is(
    space: LiveSpace, write: Write, run: Run, out: Path
) -> None:
    encoded = run(write(make_rows(3)))

    metadata = pl.read_parquet_metadata(out)
    assert (metadata["space_id"], metadata["release"]) == (SPACE, space.release.name)
    assert (encoded.space_id, encoded.release) == (SPACE, space.release.name)


def test_new_songs_can_be_read_together_with_the_release_alone(
    space: LiveSpace, write: Write, run: Run, tmp_path: Path
) -> None:
    encoded = run(write(make_rows(3)))
    other = tmp_path / "other.parquet"
    pl.read_parquet(encoded.out).write_parquet(other, metadata={"space_id": "s-2"})

    with songspace.open(space.store.root) as release:
        both = songspace.read_latents(release, encoded.out).collect()
        with pytest.raises(MixedSpaces):
            songspace.read_latents(release, other)

    assert len(both) == len(space.table("latents")) + 3


def test_duckdb_reads_the_lists_in_their_order(write: Write, run: Run) -> None:
    encoded = run(write(make_rows(2)))
    query = f"SELECT song_id, unnest(neighbours, recursive := true) FROM '{encoded.out}'"  # noqa: S608

    found = duckdb.execute(query).fetchall()

    listed = pl.read_parquet(encoded.out).select("song_id", "neighbours").explode("neighbours")
    assert found == listed.unnest("neighbours").rows()


def test_songs_that_the_release_holds_too_are_counted(
    space: LiveSpace, write: Write, run: Run
) -> None:
    known = space.table("songs").row(0, named=True)
    rows = [*make_rows(3), {"Artist(s)": known["artist"], "song": known["song"]}]

    encoded = run(write(rows, ("Artist(s)", "song")))

    assert (encoded.songs, encoded.known, encoded.remarks) == (4, 1, ())


def test_a_row_that_breaks_the_contract_is_told_with_its_line_and_reason(
    write: Write, run: Run, side: Path
) -> None:
    rows = make_rows(8)
    rows[1]["Energy"] = "412"
    rows[4] |= {"song": "", "Tempo": "fast"}

    encoded = run(write(rows))

    first, second = (
        "energy: expected a whole number 0 to 100, got '412'",
        "song: expected a name, got nothing; tempo: expected a whole number 0 to 250, got 'fast'",
    )
    assert encoded.remarks == (
        f"2 of 8 rows break the contract and are not encoded, see {side}:",
        f"  new.csv, line 3: {first}",
        f"  new.csv, line 6: {second}",
    )
    listed = pl.read_csv(side, schema=QUARANTINE)
    assert listed.select("file", "line", "reason").rows() == [
        ("new.csv", 3, first),
        ("new.csv", 6, second),
    ]
    assert listed["raw"][0].startswith("Ada,Song 1,")
    songs = pl.read_parquet(encoded.out)["song"].to_list()
    assert songs == [f"Song {row}" for row in (0, 2, 3, 5, 6, 7)]


def test_of_many_broken_rows_the_first_are_told_and_all_are_listed(
    write: Write, run: Run, side: Path
) -> None:
    rows = [{**row, "Liveness": "-1"} for row in make_rows(9)]

    encoded = run(write([*rows, *make_rows(1, song="Whole")]))

    assert len(encoded.remarks) == 7
    assert encoded.remarks[-1] == "  and 4 more"
    assert len(pl.read_csv(side)) == 9


def test_a_list_of_broken_rows_does_not_outlive_their_mending(
    write: Write, run: Run, side: Path
) -> None:
    run(write([*make_rows(2), *make_rows(1, song="Broken", Liveness="-1")]))
    assert side.exists()

    run(write(make_rows(3)))

    assert not side.exists()


def test_rows_that_repeat_a_song_are_folded_as_in_a_full_run_and_told(
    space: LiveSpace, write: Write, run: Run
) -> None:
    rows = make_rows(3)
    csv = write([*rows, rows[1], {**rows[0], "Energy": "99"}])

    encoded = run(csv)

    table = pl.read_parquet(encoded.out)
    assert table.drop("latent", "neighbours").equals(space.latents_of(csv).drop("latent"))
    assert encoded.songs == 3
    assert encoded.remarks == (
        "2 of 5 rows repeat the artist and song of an earlier row, which counts:",
        "  new.csv, line 5: with the same cells",
        "  new.csv, line 6: with other cells",
    )


def test_a_file_without_a_song_to_encode_is_refused_and_says_why(
    write: Write, run: Run, out: Path, side: Path
) -> None:
    out.write_text("of yesterday")
    rows = [{**row, "Energy": "412"} for row in make_rows(3)]

    with pytest.raises(SourceError, match=r"no song to encode.* Line 2: energy: expected"):
        run(write(rows))

    assert out.read_text() == "of yesterday"
    assert len(pl.read_csv(side)) == 3


def test_a_file_of_another_time_is_replaced(write: Write, run: Run, out: Path) -> None:
    out.write_text("of yesterday")

    run(write(make_rows(3)))

    assert len(pl.read_parquet(out)) == 3
    assert sorted(path.name for path in out.parent.iterdir()) == ["new.csv", "new.parquet"]


def test_a_full_disk_leaves_what_was_there(
    space: LiveSpace, write: Write, small_disk: Path
) -> None:
    out = small_disk / "new.parquet"
    out.write_text("of yesterday")
    csv = write(make_rows(200))
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail << 12))

    with pytest.raises((OSError, pl.exceptions.PolarsError), match="No space left"):
        encode_new_songs(str(csv), space.store.root, out)

    assert out.read_text() == "of yesterday"
    assert {path.name for path in small_disk.iterdir()} == {"new.parquet", "ballast"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent/new.parquet", "no folder"),
        (".", "is a folder"),
        ("new.csv", "would replace the file that is read"),
    ],
)
def test_a_place_where_no_file_can_be_is_refused(
    space: LiveSpace, write: Write, tmp_path: Path, name: str, reason: str
) -> None:
    csv = write(make_rows(1))
    before = csv.read_bytes()

    with pytest.raises(ValueError, match=reason):
        encode_new_songs(str(csv), space.store.root, tmp_path / name)

    assert [*tmp_path.iterdir()] == [csv]
    assert csv.read_bytes() == before


@pytest.mark.parametrize("folder", [".", "live/latents"])
def test_nothing_is_written_into_a_store(space: LiveSpace, write: Write, folder: str) -> None:
    out = space.store.root / folder / "new.parquet"

    with pytest.raises(ValueError, match="only runs may change"):
        encode_new_songs(str(write(make_rows(1))), space.store.root, out)

    assert not out.exists()


def test_a_release_can_be_named_in_place_of_the_live_one(
    space: LiveSpace, write: Write, encode: Encode, tmp_path: Path
) -> None:
    csv = write(make_rows(3))
    named = tmp_path / "named.parquet"

    encode_new_songs(str(csv), space.release, named)

    assert pl.read_parquet(named).equals(encode(csv))


def test_a_store_without_a_live_release_says_so(write: Write, out: Path, tmp_path: Path) -> None:
    Store.open(tmp_path / "store")

    with pytest.raises(NotFound, match="no live release"):
        encode_new_songs(str(write(make_rows(1))), tmp_path / "store", out)


def test_a_release_without_an_encoder_says_what_it_lacks(
    space: LiveSpace, write: Write, out: Path, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "store")
    with songspace.open(space.store.root) as release:
        model = keep_model(store, release.encoder.network)
    store.promote(store.build_release({"model": (model, "model")}, meta={}), expected=None)

    with pytest.raises(NotFound, match=r"has no encoder/artist\.json"):
        encode_new_songs(str(write(make_rows(1))), store.root, out)

    assert not out.exists()
