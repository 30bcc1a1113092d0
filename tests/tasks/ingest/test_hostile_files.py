"""Whatever a file holds, every row is kept, or listed with its line and reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from tasks.ingest.source import SourceError
from tests.tasks.ingest.conftest import Ingest
from tests.tasks.ingest.csv_rows import HEADER, as_csv, make_rows


def lines_of(count: int) -> list[str]:
    """A header and *count* rows, line by line."""
    return as_csv(make_rows(count)).splitlines()


def joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def test_a_quoted_newline_belongs_to_its_field_and_later_lines_count_on(ingest: Ingest) -> None:
    rows = make_rows(3)
    rows[0]["text"] = "first\nsecond, still\n\nlast"
    rows[2]["Key"] = "H dur"

    got = ingest(as_csv(rows))

    assert got.table("lyrics")["text"][0] == "first\nsecond, still\n\nlast"
    assert got.songs["line"].to_list() == [2, 6]
    assert got.reasons == {7: "key: expected a key as D min or A# Maj, got 'H dur'"}


def test_two_stray_quotes_400_rows_apart_cost_no_other_row(ingest: Ingest) -> None:
    lines = lines_of(600)
    lines[100] = lines[100].replace("Song 99", '"Song 99')
    lines[500] = lines[500].replace("Song 499", 'Song 499"')

    got = ingest(joined(lines))

    assert set(got.songs["song"]) >= {f"Song {row}" for row in range(600)} - {"Song 99", "Song 499"}
    assert list(got.reasons) == [101]
    assert got.counts.read == 600


@pytest.mark.parametrize("apart", [1, 2, 5])
def test_a_quote_opened_in_one_row_and_closed_in_the_next_joins_no_rows(
    ingest: Ingest, apart: int
) -> None:
    lines = [line.replace('"la la, ""la"""', "la") for line in lines_of(10)]
    lines[3] = lines[3].replace("Song 2", '"Song 2')
    lines[3 + apart] = lines[3 + apart].replace(f"Song {2 + apart},", f'Song {2 + apart}",')

    got = ingest(joined(lines))

    assert got.counts.read == 10
    assert list(got.reasons) == [4]


def test_an_unbalanced_quote_on_the_last_line_breaks_that_line_alone(ingest: Ingest) -> None:
    lines = lines_of(3)
    lines[3] = lines[3].replace("First", '"First')

    got = ingest(joined(lines))

    assert got.reasons == {4: "quote: opens in album and is not closed in its row"}
    assert got.counts.kept == 2


def test_text_after_a_closing_quote_breaks_its_row(ingest: Ingest) -> None:
    lines = lines_of(3)
    lines[2] = lines[2].replace("Song 1", '"Song" 1')

    got = ingest(joined(lines))

    assert got.reasons == {3: "quote: expected a comma after the quoted song, got more text"}


def test_a_quote_inside_an_unquoted_title_is_part_of_it(ingest: Ingest) -> None:
    lines = lines_of(3)
    lines[2] = lines[2].replace("Song 1", '12" remix')

    got = ingest(joined(lines))

    assert got.songs["song"].to_list() == ["Song 0", '12" remix', "Song 2"]
    assert got.songs["line"].to_list() == [2, 3, 4]


def test_short_long_and_truncated_rows_are_listed_with_their_number_of_fields(
    ingest: Ingest,
) -> None:
    lines = lines_of(5)
    lines[1] = lines[1].rpartition(",")[0]
    lines[3] += ",more"
    content = joined(lines)[: -len(lines[5]) // 2]

    got = ingest(content)

    assert got.reasons[2] == "row: expected 39 fields, got 38"
    assert got.reasons[4] == "row: expected 39 fields, got 40"
    assert got.reasons[6].startswith("row: expected 39 fields, got ")
    assert got.songs["song"].to_list() == ["Song 1", "Song 3"]


def test_a_row_whose_last_cell_is_empty_is_not_short(ingest: Ingest) -> None:
    rows = make_rows(3)
    rows[1]["Similarity Score 3"] = ""

    got = ingest(as_csv(rows))

    assert got.counts.kept == 3
    assert got.songs["similarity_score_3"].to_list() == [0.98, None, 0.98]


def test_bytes_that_are_no_utf8_are_listed_and_shown_as_numbers(ingest: Ingest) -> None:
    content = as_csv(make_rows(3)).encode().replace(b",Song 1,", b",S\xf6ng,")

    got = ingest(content)

    assert got.reasons == {3: r"encoding: expected UTF-8, got the bytes b'\xf6'"}
    assert got.table("quarantine")["raw"][0].startswith(r"Ada,S\xf6ng,")


def test_a_zero_byte_breaks_its_row(ingest: Ingest) -> None:
    got = ingest(as_csv(make_rows(3)).replace(",Song 1,", ",So\0ng,"))

    assert got.reasons == {3: "NUL: expected text, got a zero byte"}
    assert got.counts.kept == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="byte order mark"),
        pytest.param(lambda text: text.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda text: text.replace(b"\n", b"\r\n", 3), id="mixed ends"),
        pytest.param(lambda text: text.removesuffix(b"\n"), id="no final newline"),
        pytest.param(lambda text: text.replace(b"\n", b"\r\n")[:-1], id="cut CRLF"),
    ],
)
def test_marks_and_line_ends_change_nothing(ingest: Ingest, change: object) -> None:
    plain = as_csv(make_rows(5)).encode()
    assert callable(change)

    got = ingest(change(plain))

    assert got.songs.equals(ingest(plain).songs)
    assert got.counts.kept == 5


def test_blank_lines_are_listed_and_counted(ingest: Ingest) -> None:
    lines = lines_of(3)
    lines.insert(2, "")
    lines.append("  ")

    got = ingest(joined(lines))

    assert got.reasons == {3: "blank line", 6: "blank line"}
    assert got.songs["line"].to_list() == [2, 4, 5]
    assert got.counts.read == 5


def pack(name: str, content: bytes, folder: Path) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content)
    with pa.output_stream(folder / "packed", compression="zstd") as stream:
        stream.write(content)
    return (folder / "packed").read_bytes()


@pytest.mark.parametrize("name", ["songs.csv.gz", "songs.csv.zst"])
def test_a_packed_file_gives_the_same_songs(ingest: Ingest, tmp_path: Path, name: str) -> None:
    plain = as_csv(make_rows(500)).encode()

    got = ingest(pack(name, plain, tmp_path), name, block_mb=0.01)

    assert got.songs.drop("file").equals(ingest(plain).songs.drop("file"))


@pytest.mark.parametrize("name", ["songs.csv.gz", "songs.csv.zst"])
def test_a_cut_packed_file_is_refused_by_name(ingest: Ingest, tmp_path: Path, name: str) -> None:
    packed = pack(name, as_csv(make_rows(500)).encode(), tmp_path)

    with pytest.raises(SourceError, match=rf"^{name} cannot be read to its end .* fetch it again"):
        ingest(packed[:-20], name)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda _: b"", "songs.csv is empty"),
        (lambda _: b"\n", "songs.csv is empty"),
        (lambda text: text.split(b"\n")[0], "a header but no row"),
        (lambda text: text.split(b"\n")[0] + b"\n", "a header but no row"),
        (lambda text: text.replace(b"\n", b"\r"), "carriage return alone"),
        (lambda text: text.decode().encode("utf-16"), "looks like UTF-16"),
        (lambda text: text.decode().encode("utf-16-le"), "looks like UTF-16"),
        (lambda text: text.replace(b",", b";"), "by semicolons. Expected commas"),
        (lambda text: text.replace(b"Tempo", b"Pace", 1), "lacks 1 of 39 columns: 'Tempo'"),
        (lambda text: text.replace(b"Tempo", b"Key", 1), "lacks 1 of 39 columns: 'Tempo'"),
        (lambda text: text.replace(b"Album", b"Album,Album", 1), "columns twice: 'Album'"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(
    ingest: Ingest, change: object, complaint: str
) -> None:
    assert callable(change)

    with pytest.raises(SourceError, match=complaint):
        ingest(change(as_csv(make_rows(3)).encode()))


def test_reordered_columns_are_read_by_name(ingest: Ingest) -> None:
    rows = make_rows(3)

    got = ingest(as_csv(rows, tuple(reversed(HEADER))))

    assert got.songs.equals(ingest(as_csv(rows)).songs)


def test_extra_columns_are_left_out_with_a_warning(
    ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{**row, "Mood": "x"} for row in make_rows(3)]

    got = ingest(as_csv(rows, ("Mood", *HEADER)))

    assert got.songs.equals(ingest(as_csv(rows)).songs)
    assert "columns left out: 'Mood'" in caplog.text


def test_a_field_of_20_megabytes_is_kept(ingest: Ingest) -> None:
    rows = make_rows(3, text="la")
    rows[1]["text"] = "love " * (4 << 20)

    got = ingest(as_csv(rows), block_mb=1)

    assert got.table("lyrics")["text"].str.len_bytes().to_list() == [2, 20 << 20, 2]


def test_a_field_of_many_lines_may_run_over_many_blocks(ingest: Ingest) -> None:
    rows = make_rows(3, text="la")
    rows[1]["text"] = "love is all\n" * 20_000

    got = ingest(as_csv(rows), block_mb=0.01)

    assert got.table("lyrics")["text"].str.count_matches("\n").to_list() == [0, 20_000, 0]
    assert got.songs["line"].to_list() == [2, 3, 20_004]


@pytest.mark.parametrize("block_mb", [0.1, 0.7, 16])
def test_a_line_longer_than_the_limit_is_refused_whatever_the_blocks(
    ingest: Ingest, block_mb: float
) -> None:
    rows = make_rows(4, text="la")
    rows[2]["text"] = "x" * ((1 << 20) - 400)
    assert ingest(as_csv(rows), max_record_mb=1, block_mb=block_mb).counts.kept == 4
    rows[2]["text"] += "x" * 400

    with pytest.raises(SourceError, match=r"songs.csv holds a line of more than 1 MB"):
        ingest(as_csv(rows), max_record_mb=1, block_mb=block_mb)


@pytest.mark.parametrize("block_mb", [0.1, 0.7, 16])
def test_a_row_of_several_lines_longer_than_the_limit_breaks_and_the_rest_is_read_on(
    ingest: Ingest, block_mb: float
) -> None:
    rows = make_rows(4, text="la")
    rows[1]["text"] = "\n".join(["love " * 1000] * 250)

    got = ingest(as_csv(rows), max_record_mb=1, block_mb=block_mb)

    assert got.songs["line"].to_list() == [2, 253, 254]
    assert got.reasons[3] == "quote: opens in text and is not closed in its row"
    assert set(got.reasons) == set(range(3, 253))
    assert ingest(as_csv(rows), max_record_mb=2, block_mb=block_mb).counts.kept == 4


def test_a_mark_at_the_start_of_a_block_stays_in_its_name(ingest: Ingest) -> None:
    content = as_csv([{**row, "Artist(s)": "\ufeffAda"} for row in make_rows(60)])

    whole = ingest(content)

    assert whole.songs["artist"].unique().to_list() == ["\ufeffAda"]
    for block_mb in (0.01, 0.002, 0.0003):
        assert ingest(content, block_mb=block_mb).songs.equals(whole.songs)


def test_a_carriage_return_before_a_comma_is_dropped_whatever_else_a_file_holds(
    ingest: Ingest,
) -> None:
    content = as_csv(make_rows(3, text="la la\r"))

    sound, broken = ingest(content), ingest(content + "broken\n")

    assert sound.table("lyrics")["text"].to_list() == ["la la"] * 3
    assert broken.table("lyrics").equals(sound.table("lyrics"))


def scaled(row: dict[str, str]) -> dict[str, str]:
    """*row* as the scaled revision writes it."""
    return {**row, "Tempo": "0.5", "Loudness (db)": "0.8", "Release Date": "2013-04-29"}


def test_broken_lines_do_not_tell_the_revision(ingest: Ingest) -> None:
    header, rows = as_csv([scaled(row) for row in make_rows(300)]).split("\n", 1)
    broken = ("x" * 1000 + "\n") * 1100

    got = ingest(f"{header}\n{broken}{rows}")

    assert got.profile["files"][0]["revision"] == "scaled"
    assert (got.counts.kept, got.counts.quarantined) == (300, 1100)


def test_the_few_rows_of_a_small_block_do_not_tell_the_revision(ingest: Ingest) -> None:
    rows = make_rows(150)
    rows[:5] = map(scaled, rows[:5])

    got = ingest(as_csv(rows), block_mb=0.0003)

    assert got.profile["files"][0]["revision"] == "bpm"
    assert list(got.reasons) == [2, 3, 4, 5, 6]


def test_a_reason_shows_a_cell_as_it_stands_whatever_the_blocks(ingest: Ingest) -> None:
    rows = make_rows(40)
    rows[5]["Tempo"] = " many "
    rows[20]["Tempo"] = "0999"
    rows[30]["Energy"] = " 5 "  # sound, but for the spaces

    reasons = ingest(as_csv(rows)).reasons

    assert reasons == {
        7: "tempo: expected a whole number 0 to 250, got 'many'",
        22: "tempo: expected a whole number 0 to 250, got '0999'",
    }
    for block_mb in (0.0003, 0.002, 0.005):
        assert ingest(as_csv(rows), block_mb=block_mb).reasons == reasons


def test_faults_at_the_borders_of_blocks_are_found_like_anywhere_else(ingest: Ingest) -> None:
    rows = make_rows(400)
    for row in range(0, 400, 7):
        rows[row]["text"] = "one\ntwo, three"
    lines = as_csv(rows).split("\n")[:-1]
    for line in range(3, len(lines), 50):
        lines[line] = lines[line].replace(",", ',"', 1)
    content = joined(lines)

    whole = ingest(content)

    for block_mb in (0.0003, 0.001, 0.0047, 0.02):
        cut = ingest(content, block_mb=block_mb)
        assert cut.songs.equals(whole.songs)
        assert cut.table("quarantine").equals(whole.table("quarantine"))
    assert whole.counts.quarantined > 0


def test_many_parts_hold_what_one_part_holds(ingest: Ingest) -> None:
    content = as_csv(make_rows(900))

    many = ingest(content, block_mb=0.01, part_mb=0.03)

    assert len(list((many.folder / "songs").iterdir())) > 3
    assert many.songs.equals(ingest(content).songs)
    for song, lyric in zip(
        sorted((many.folder / "songs").iterdir()),
        sorted((many.folder / "lyrics").iterdir()),
        strict=True,
    ):
        assert pl.read_parquet(song)["song_id"].equals(pl.read_parquet(lyric)["song_id"])


@pytest.mark.parametrize("more", [",", ",more", ",,more", ',"",'])
def test_a_row_too_long_is_found_whatever_its_surplus(ingest: Ingest, more: str) -> None:
    lines = lines_of(3)
    lines[2] += more

    got = ingest(joined(lines))

    assert got.reasons == {3: f"row: expected 39 fields, got {39 + more.count(',')}"}
