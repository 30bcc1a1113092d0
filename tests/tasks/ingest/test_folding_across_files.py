"""A song that stands in several files is kept where it stands first, as if all rows stood in one file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.ingest.folding import RECORDING, Folding, Folds, HashCollisionError, Prints, fold
from tasks.ingest.settings import IngestSettings
from tasks.ingest.shard import ingest_file
from tasks.ingest.task import find_source, ingest
from tasks.pieces import pieces_of
from tests.tasks.ingest.conftest import Ingest, Ingested
from tests.tasks.ingest.csv_rows import as_csv, make_rows
from tests.tasks.staged import read_songs

Rows = list[dict[str, str]]
IngestFiles = Callable[..., Ingested]


@pytest.fixture
def ingest_files(ingest: Ingest, tmp_path: Path) -> IngestFiles:
    """A function that ingests files of some rows each, called a.csv, b.csv and so on."""

    def run(*files: Rows, **settings: float) -> Ingested:
        return ingest(write_files(tmp_path / f"csv-{len(files)}", *files), **settings)

    return run


def write_files(folder: Path, *files: Rows) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{name}.csv" for name, _ in zip("abcdef", files, strict=False)]
    for path, rows in zip(paths, files, strict=True):
        path.write_text(as_csv(rows))
    return paths


def test_a_song_of_a_later_file_is_folded_into_that_of_the_first(
    ingest_files: IngestFiles,
) -> None:
    one, two, three, four = make_rows(4)

    got = ingest_files([one, two], [three, {**two, "Energy": "9"}], [one, four])

    ids = got.songs["song_id"].to_list()
    assert got.songs.select("song", "file", "line", "energy").rows() == [
        ("Song 0", "a.csv", 2, 0),
        ("Song 1", "a.csv", 3, 0),
        ("Song 2", "b.csv", 2, 0),
        ("Song 3", "c.csv", 3, 0),
    ]
    assert got.table("folded").rows() == [("b.csv", 3, ids[1], False), ("c.csv", 2, ids[0], True)]
    assert got.table("lyrics")["song_id"].to_list() == ids


def test_a_row_is_exact_if_it_equals_the_first_of_all_files_not_that_of_its_own(
    ingest_files: IngestFiles,
) -> None:
    (song,) = make_rows(1)
    other = {**song, "Energy": "9"}

    got = ingest_files([song], [other, other, song])

    assert got.table("folded").select("line", "exact").rows() == [(2, False), (3, False), (4, True)]


def test_repeats_within_a_file_and_across_files_are_counted_together(
    ingest_files: IngestFiles,
) -> None:
    one, two, three = make_rows(3)

    got = ingest_files([one, one, two], [two, one, one], [three, three, two])

    assert got.songs.select("song", "duplicates").rows() == [
        ("Song 0", 3),
        ("Song 1", 2),
        ("Song 2", 1),
    ]
    assert got.counts.model_dump(exclude={"reasons"}) == {
        "read": 9,
        "kept": 3,
        "folded": 6,
        "quarantined": 0,
    }


def test_folded_rows_stand_in_the_order_of_files_and_lines(ingest_files: IngestFiles) -> None:
    one, two, three = make_rows(3)

    got = ingest_files([two, one, two], [three, one, three, two, one], [three])

    assert got.table("folded").select("file", "line").rows() == [
        ("a.csv", 4),
        ("b.csv", 3),
        ("b.csv", 4),
        ("b.csv", 5),
        ("b.csv", 6),
        ("c.csv", 2),
    ]


def test_clones_are_found_across_files(ingest_files: IngestFiles) -> None:
    one, two, three = make_rows(3, Tempo="120")
    two["Liveness"] = "9"

    got = ingest_files([one, two], [three])

    first, second, _ = got.songs["song_id"].to_list()
    assert got.songs["clone_group"].to_list() == [first, second, first]
    assert got.profile["clones"] == {"groups": 1, "songs": 2}


def test_the_recording_of_a_row_that_is_folded_makes_no_clone(ingest_files: IngestFiles) -> None:
    """In its own file the third song is a clone of what turns out to be a repeat."""
    one, two, three = make_rows(3)
    repeat = {**one, "Tempo": "99"}
    three["Tempo"] = "99"

    got = ingest_files([one, two], [repeat, three])

    assert got.songs["song"].to_list() == ["Song 0", "Song 1", "Song 2"]
    assert got.songs["clone_group"].to_list() == got.songs["song_id"].to_list()


def test_quarantined_rows_of_all_files_are_listed(ingest_files: IngestFiles) -> None:
    one, two, three = make_rows(3)
    broken = {**one, "Key": "?"}

    got = ingest_files([one, broken], [two], [broken, broken, three])

    listed = got.table("quarantine").select("file", "line").rows()
    assert listed == [("a.csv", 3), ("c.csv", 2), ("c.csv", 3)]
    assert got.counts.quarantined == sum(got.counts.reasons.values()) == 3


def test_a_row_that_is_quarantined_does_not_come_first(ingest_files: IngestFiles) -> None:
    (song,) = make_rows(1)

    got = ingest_files([{**song, "Key": "?"}], [song])

    assert got.songs.select("file", "duplicates").rows() == [("b.csv", 0)]


def catalogue() -> Rows:
    """Ninety rows: songs, exact and other repeats, clones, broken rows and songs without lyrics."""
    rows = make_rows(60)
    for number in range(0, 60, 7):
        rows[number]["text"] = ""
    rows += [{**rows[number], "Popularity": str(number)} for number in range(0, 40, 4)]
    rows += [{**rows[number], "song": f"Cover {number}"} for number in range(10)]
    rows += [{**rows[number], "Tempo": "fast"} for number in range(4)]
    rows += [dict(rows[number]) for number in range(50, 56)]
    return [rows[number * 37 % 90] for number in range(90)]


def test_rows_in_one_file_or_cut_into_three_give_the_same_tables(
    ingest_files: IngestFiles,
) -> None:
    rows = catalogue()
    cuts = {"a.csv": 0, "b.csv": 20, "c.csv": 65}

    whole = ingest_files(rows)
    cut = ingest_files(rows[:20], rows[20:65], rows[65:])

    at_line = pl.col("line") + pl.col("file").replace_strict(cuts, return_dtype=pl.Int64)
    for name in ("songs", "folded", "quarantine"):
        table = cut.table(name).with_columns(at_line, file=pl.lit("a.csv"))
        assert len(table) > 1
        assert table.equals(whole.table(name)), name
    assert cut.table("lyrics").equals(whole.table("lyrics"))
    assert {**cut.profile, "files": ()} == {**whole.profile, "files": ()}
    assert cut.counts == whole.counts


def test_parts_within_the_files_change_nothing(ingest_files: IngestFiles, tmp_path: Path) -> None:
    rows = catalogue()
    files = (rows[:20], rows[20:65], rows[65:])
    whole = ingest_files(*files)
    (tmp_path / "csv-3").rename(tmp_path / "before")

    cut = ingest_files(*files, block_mb=0.001, part_mb=0.001)

    assert len(list((cut.folder / "lyrics").iterdir())) > 3
    for name in ("songs", "lyrics", "folded", "quarantine"):
        assert cut.table(name).equals(whole.table(name)), name
    assert cut.profile == whole.profile


def parts_of(ingested: Ingested) -> list[int]:
    """How many parts of the songs each file gave."""
    parts: list[int] = json.loads((ingested.folder / "pieces" / "songs.json").read_text())
    assert sum(parts) == len(list((ingested.folder / "songs").iterdir()))
    return parts


def test_a_file_of_repeats_gives_no_piece(ingest_files: IngestFiles) -> None:
    one, two, three = make_rows(3)

    got = ingest_files([one, two], [two, one], [three])

    assert parts_of(got) == [1, 0, 1]
    assert got.songs["song"].to_list() == ["Song 0", "Song 1", "Song 2"]


def test_files_without_a_song_give_an_empty_table_in_one_piece(ingest_files: IngestFiles) -> None:
    broken = make_rows(2, Key="?")

    got = ingest_files(broken, broken)

    assert parts_of(got) == [1]
    assert got.songs.is_empty()
    assert got.table("lyrics").is_empty()
    assert len(got.table("quarantine")) == 4


def test_pieces_are_the_files_that_gave_songs_in_their_order(tmp_path: Path) -> None:
    one, two, three = make_rows(3)
    write_files(tmp_path / "csv", [one, two], [two, one], [three])
    store = Store.open(tmp_path / "store")

    pieces = pieces_of(store, read_songs(store, tmp_path / "csv"), "songs")

    files = [piece.scan(store).collect()["file"].unique().to_list() for piece in pieces]
    assert files == [["a.csv"], ["c.csv"]]


def inodes(store: Store, ref: ArtifactRef, table: str) -> list[int]:
    return [part.stat().st_ino for part in sorted(store.folder(ref, table).iterdir())]


def test_lyrics_that_no_repeat_stands_among_are_not_written_again(tmp_path: Path) -> None:
    """The second file repeats a song of the first, the others repeat only what is their own."""
    rows = make_rows(8, text="la " * 400)
    files = ([rows[0], rows[1], rows[1]], [rows[0], rows[2]], rows[3:])
    write_files(tmp_path / "csv", *files)
    store = Store.open(tmp_path / "store")
    settings = IngestSettings(block_mb=0.0005, part_mb=0.0005)
    given = [{"file": file, "settings": settings} for file in find_source(str(tmp_path / "csv"))]

    songs = read_songs(store, tmp_path / "csv", settings)

    first, second, third = (inodes(store, ingest.run(store, some), "lyrics") for some in given)
    merged = inodes(store, songs, "lyrics")
    assert len(third) > 1
    assert merged[: len(first)] == first
    assert merged[-len(third) :] == third
    assert second[0] not in merged
    assert store.verify(songs) == songs


def test_a_file_says_nothing_of_other_files(tmp_path: Path) -> None:
    """So it is read once, whatever becomes of the files beside it."""
    one, two = make_rows(2)
    (file,) = write_files(tmp_path / "csv", [one, two, one])
    out = tmp_path / "shard"
    out.mkdir()

    facts = ingest_file(file, "a.csv", out, IngestSettings())

    staged = pl.concat(pl.read_ipc(part) for part in (out / "staged").iterdir())
    assert staged["song"].to_list() == ["Song 0", "Song 1"]
    assert not {"duplicates", "clone_group"} & {*staged.columns}
    assert (facts.name, facts.read, facts.quarantined) == ("a.csv", 3, 0)


def prints(*rows: tuple[str, str, int, str]) -> Prints:
    """What is remembered of a file whose songs all have the id 7; *rows*: artist, song, line and file."""
    table = pl.DataFrame(rows, ["artist", "song", "line", "file"], orient="row").with_columns(
        *(pl.lit(1).alias(name) for name in RECORDING),
        song_id=pl.lit(7, pl.Int64),
        artists=pl.lit([]),
        genres=pl.lit([]),
    )
    folding = Folding()
    folding.keep_first(table)
    where = table.head(1).select("file", "line", "artist", "song")
    return Prints(folding.firsts, folding.repeats, where.filter)


def folds(*parts: Prints) -> Folds:
    return fold(parts)


def test_two_songs_of_different_files_with_one_id_are_an_error_that_names_the_row() -> None:
    first, second = prints(("Ada", "One", 2, "a.csv")), prints(("Ada", "Two", 5, "b.csv"))

    with pytest.raises(
        HashCollisionError, match=r"b\.csv, line 5: 'Two' by 'Ada' has the song_id 7"
    ):
        folds(first, second)


def test_two_songs_with_one_id_are_found_behind_the_first_row_of_a_later_file() -> None:
    first = prints(("Ada", "One", 2, "a.csv"))
    second = prints(("Ada", "One", 2, "b.csv"), ("Ada", "Two", 3, "b.csv"))

    with pytest.raises(HashCollisionError, match=r"b\.csv, line 3: 'Two' by 'Ada'"):
        folds(first, second)


def test_one_song_in_every_file_is_kept_once() -> None:
    kept, duplicates, _, folded = folds(
        *(prints(("Ada", "One", 2, f"{name}.csv")) for name in "abc")
    )

    assert [mask.to_list() for mask in kept] == [[True], [False], [False]]
    assert duplicates.to_list() == [2]
    assert folded["exact"].to_list() == [True, True]
