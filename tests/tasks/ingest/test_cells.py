"""What a cell of the catalogue becomes, and which cells break their row."""

from __future__ import annotations

from datetime import date

import pytest

from songspace.schemas import FOLDED, LYRICS, QUARANTINE, SONGS
from tasks.ingest.columns import COLUMNS
from tasks.ingest.source import SourceError
from tests.tasks.ingest.conftest import Ingest
from tests.tasks.ingest.csv_rows import as_csv, make_rows


def test_every_column_is_kept_and_typed(ingest: Ingest) -> None:
    got = ingest(as_csv(make_rows(1, Length="03:47", Good_for_Party="1", Explicit="Yes")))

    song = got.songs.row(0, named=True)
    assert got.songs.schema == SONGS
    assert got.table("lyrics").schema == LYRICS
    assert got.table("quarantine").schema == QUARANTINE
    assert got.table("folded").schema == FOLDED
    assert song["length_s"] == 227
    assert song["release_date"] == date(2013, 4, 29)
    assert song["loudness_db"] == pytest.approx(-6.85)
    assert song["tempo"] == 60
    assert song["explicit"] is True
    assert song["good_for_party"] is True
    assert song["good_for_driving"] is False
    assert song["genres"] == ["rock", "pop"]
    assert song["similarity_score_2"] == 0.98
    assert (song["file"], song["line"]) == ("songs.csv", 2)
    assert got.table("lyrics").row(0) == (song["song_id"], 'la la, "la"')


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1st January 2001", date(2001, 1, 1)),
        ("22nd February 2004", date(2004, 2, 22)),
        ("3rd May 1999", date(1999, 5, 3)),
        ("11th September 1900", date(1900, 9, 11)),
        ("29th February 2012", date(2012, 2, 29)),
    ],
)
def test_dates_are_read_with_each_ordinal(ingest: Ingest, written: str, meant: date) -> None:
    got = ingest(as_csv(make_rows(1, Release_Date=written)))

    assert got.songs["release_date"].to_list() == [meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Crosby, Stills & Nash", ["Crosby, Stills & Nash"]),
        ("George Tandy, Jr.", ["George Tandy, Jr."]),
        ("$NOT,Teddi Jones", ["$NOT", "Teddi Jones"]),
        (" A , B,, C ,", ["A , B", "C"]),
        ("Earth, Wind & Fire,The Emotions", ["Earth, Wind & Fire", "The Emotions"]),
    ],
)
def test_a_comma_parts_artists_unless_a_space_follows(
    ingest: Ingest, written: str, meant: list[str]
) -> None:
    rows = make_rows(1)
    rows[0]["Artist(s)"] = written

    got = ingest(as_csv(rows))

    assert got.songs["artists"].to_list() == [meant]
    assert got.songs["artist"].to_list() == [written.strip()]


@pytest.mark.parametrize(
    ("written", "meant"), [(" Hip Hop, TRAP,", ["hip hop", "trap"]), ("", []), (",", [])]
)
def test_genres_are_lower_case_tags(ingest: Ingest, written: str, meant: list[str]) -> None:
    got = ingest(as_csv(make_rows(1, Genre=written)))

    assert got.songs["genres"].to_list() == [meant]


OPTIONAL = [name for name in COLUMNS if name not in ("Artist(s)", "song")]


@pytest.mark.parametrize("empty", ["", "  "])
def test_every_cell_but_artist_and_song_may_be_empty(ingest: Ingest, empty: str) -> None:
    rows = make_rows(len(OPTIONAL) + 40, text="la")
    for row, name in zip(rows, OPTIONAL, strict=False):
        row[name] = empty

    got = ingest(as_csv(rows))

    lyrics_stay = 0 if empty == "" else 1
    assert got.counts.quarantined == 0
    assert sum(got.profile["nulls"].values()) == len(OPTIONAL) - lyrics_stay
    assert got.songs["tempo"].null_count() == 1


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Artist(s)", "", "artist: expected a name, got nothing"),
        ("Artist(s)", " , ", "artist: expected a name, got ','"),
        ("song", "  ", "song: expected a name, got nothing"),
        ("Tempo", "abc", "tempo: expected a whole number 0 to 250, got 'abc'"),
        ("Tempo", "99999999999999999999", "tempo: expected a whole number 0 to 250, got '9999"),
        ("Tempo", "251", "tempo: expected a whole number 0 to 250, got '251'"),
        ("Tempo", "0.5", "tempo: expected a whole number 0 to 250, got '0.5'"),
        ("Energy", "101", "energy: expected a whole number 0 to 100, got '101'"),
        ("Energy", "-1", "energy: expected a whole number 0 to 100, got '-1'"),
        ("Energy", "300", "energy: expected a whole number 0 to 100, got '300'"),
        ("Length", "3.47", "length_s: expected minutes and seconds as 03:47, got '3.47'"),
        ("Length", "03:60", "length_s: expected minutes and seconds as 03:47, got '03:60'"),
        ("Length", "999:00", "length_s: expected minutes and seconds as 03:47, got '999:00'"),
        ("Release Date", "31st April 2013", "release_date: expected a date as 29th April 2013"),
        ("Release Date", "2013-04-29", "release_date: expected a date as 29th April 2013"),
        ("Release Date", "1st May 9999", "release_date: expected a date as 29th April 2013"),
        ("Key", "E# min", "key: expected a key as D min or A# Maj, got 'E# min'"),
        ("Loudness (db)", "infdb", "loudness_db: expected decibels -100 to 20 as -6.85db"),
        ("Loudness (db)", "-6.85", "loudness_db: expected decibels -100 to 20 as -6.85db"),
        ("Loudness (db)", "21db", "loudness_db: expected decibels -100 to 20 as -6.85db"),
        ("Time signature", "four", "time_signature: expected a time signature as 4/4"),
        ("Explicit", "Maybe", "explicit: expected Yes or No, got 'Maybe'"),
        ("Good for Driving", "2", "good_for_driving: expected 0 or 1, got '2'"),
        ("Similarity Score 2", "inf", "similarity_score_2: expected a finite number, got 'inf'"),
        ("Similarity Score 2", "NaN", "similarity_score_2: expected a finite number, got 'NaN'"),
        ("Similarity Score 2", "1e999", "similarity_score_2: expected a finite number"),
    ],
)
def test_a_wrong_cell_breaks_its_row_and_says_what_was_expected(
    ingest: Ingest, column: str, cell: str, reason: str
) -> None:
    rows = make_rows(5)
    rows[3][column] = cell

    got = ingest(as_csv(rows))

    assert list(got.reasons) == [5]
    assert got.reasons[5].startswith(reason)
    assert got.counts.kept == 4
    assert got.table("quarantine")["raw"][0] == as_csv(rows).splitlines()[4]


def test_every_wrong_cell_of_a_row_is_named(ingest: Ingest) -> None:
    rows = make_rows(3)
    rows[1] |= {"Energy": "loud", "Key": "?"}

    got = ingest(as_csv(rows))

    assert got.reasons[3] == (
        "key: expected a key as D min or A# Maj, got '?'; "
        "energy: expected a whole number 0 to 100, got 'loud'"
    )
    assert got.counts.reasons == {"key": 1}


def test_spaces_around_a_cell_do_not_count(ingest: Ingest) -> None:
    bare = make_rows(3, text="la")
    spaced = [
        {name: cell if name == "text" else f"  {cell} " for name, cell in row.items()}
        for row in bare
    ]

    got = ingest(as_csv(spaced))

    assert got.songs.equals(ingest(as_csv(bare)).songs)


JUNK = ["True", "Love", "pink", "angry", "thirst", "interest", "confusion", "False", "1", "joy "]


def test_junk_emotions_are_kept_as_they_are(ingest: Ingest) -> None:
    junk = [*JUNK, *(f"mood {row}" for row in range(16))]
    rows = make_rows(len(junk))
    for row, emotion in zip(rows, junk, strict=True):
        row["emotion"] = emotion

    got = ingest(as_csv(rows))

    assert got.songs["emotion"].to_list() == [emotion.strip() for emotion in junk]


def as_scaled(row: dict[str, str]) -> dict[str, str]:
    """*row* in the other revision of the catalogue."""
    return {
        **row,
        "Tempo": str((int(row["Tempo"]) - 31) / 169),
        "Loudness (db)": str((float(row["Loudness (db)"].removesuffix("db")) + 50.06) / 55.04),
        "Release Date": "2013-04-29",
    }


def test_the_scaled_revision_gives_the_same_songs(ingest: Ingest) -> None:
    rows = make_rows(150)

    got = ingest(as_csv([as_scaled(row) for row in rows]))

    assert got.songs.equals(ingest(as_csv(rows)).songs)
    assert got.profile["files"][0]["revision"] == "scaled"


def test_rows_of_the_other_revision_are_quarantined(ingest: Ingest) -> None:
    rows = make_rows(20)
    rows[7] = as_scaled(rows[7])

    got = ingest(as_csv(rows))

    assert list(got.reasons) == [9]


def test_a_file_of_no_known_revision_is_refused_with_an_example(ingest: Ingest) -> None:
    rows = make_rows(20)
    for row in rows:
        row["Tempo"] = "allegro"

    with pytest.raises(SourceError, match=r"no known revision: most cells of tempo .* 'allegro'"):
        ingest(as_csv(rows))


@pytest.mark.parametrize(
    ("column", "cell"),
    [("Length", "٣:47"), ("Time signature", "٤/٤"), ("Tempo", "١٢٠")],
)
def test_only_ascii_digits_are_digits(ingest: Ingest, column: str, cell: str) -> None:
    got = ingest(as_csv([*make_rows(2), *make_rows(1, song="Odd", **{column: cell})]))

    assert got.counts.kept == 2
    assert cell in got.reasons[4]


@pytest.mark.parametrize("column", ["Artist(s)", "song"])
def test_what_parts_artist_from_song_in_an_id_stands_in_neither(
    ingest: Ingest, column: str
) -> None:
    got = ingest(as_csv([*make_rows(2), {**make_rows(1)[0], column: "A\x1fB"}]))

    assert got.counts.kept == 2
    assert "got 'A\\x1fB'" in got.reasons[4]


def test_a_file_may_lack_columns_if_the_settings_say_so(ingest: Ingest) -> None:
    header = tuple(name for name in COLUMNS if name not in ("Tempo", "Album", "text"))
    content = as_csv(make_rows(3), header)

    with pytest.raises(SourceError, match=r"lacks 3 of 39 .* Set ingest.allow_missing_columns"):
        ingest(content)
    got = ingest(content, allow_missing_columns=True)

    assert got.songs.schema == SONGS
    assert got.songs["tempo"].null_count() == got.songs["album"].null_count() == 3
    assert got.songs["energy"].to_list() == [0, 0, 0]
    assert got.profile["nulls"]["lyrics"] == 3


def test_no_file_may_lack_its_titles(ingest: Ingest) -> None:
    header = tuple(name for name in COLUMNS if name != "song")

    with pytest.raises(SourceError, match="lacks 1 of 39 columns: 'song'"):
        ingest(as_csv(make_rows(3), header), allow_missing_columns=True)
