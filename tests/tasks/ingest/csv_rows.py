"""Rows of the catalogue as dictionaries, and dictionaries as CSV."""

from __future__ import annotations

import csv
import io

from tasks.ingest.columns import COLUMNS

HEADER = tuple(COLUMNS)
BPM_ROW = {
    **dict.fromkeys(HEADER, "0"),
    "Artist(s)": "Ada",
    "song": "One",
    "text": 'la la, "la"',
    "Length": "03:47",
    "emotion": "joy",
    "Genre": "Rock,pop",
    "Album": "First",
    "Release Date": "29th April 2013",
    "Key": "D min",
    "Tempo": "105",
    "Loudness (db)": "-6.85db",
    "Time signature": "4/4",
    "Explicit": "No",
    **{f"Similar Artist {rank}": "Bob" for rank in (1, 2, 3)},
    **{f"Similarity Score {rank}": "0.98" for rank in (1, 2, 3)},
}


def as_csv(rows: list[dict[str, str]], header: tuple[str, ...] = HEADER) -> str:
    """*rows* below *header*, written as the standard library writes CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def make_rows(count: int, **cells: str) -> list[dict[str, str]]:
    """*count* songs that differ in title and tempo; *cells* by header, spaces as underscores."""
    named = {name.replace("_", " "): cell for name, cell in cells.items()}
    return [
        {**BPM_ROW, "song": f"Song {row}", "Tempo": str(60 + row % 120), **named}
        for row in range(count)
    ]
