"""The 39 columns of the catalogue: what each is called and how its cells are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import polars as pl

from songspace.schemas import SONGS
from tasks.ingest import forms
from tasks.ingest.dialect import BPM, Revision
from tasks.ingest.forms import Form

LYRICS_COLUMN: Final = "text"
REQUIRED: Final = ("artist", "song")
SHOWN: Final = 60  # characters of a wrong cell that its reason shows


@dataclass(frozen=True)
class Column:
    """One column of the catalogue."""

    name: str  # in SONGS
    form: Form


def _columns() -> dict[str, Column]:
    """By their names in the file's header; where the revisions differ, as in the first."""
    listed: dict[str, tuple[str, Form]] = {
        "Artist(s)": ("artist", forms.NAME),
        "song": ("song", forms.TITLE),
        "text": (LYRICS_COLUMN, forms.TEXT),
        "Length": ("length_s", forms.LENGTH),
        "emotion": ("emotion", forms.TEXT),
        "Genre": ("genre", forms.TEXT),
        "Album": ("album", forms.TEXT),
        "Release Date": ("release_date", BPM.forms["release_date"]),
        "Key": ("key", forms.KEY),
        "Tempo": ("tempo", BPM.forms["tempo"]),
        "Loudness (db)": ("loudness_db", BPM.forms["loudness_db"]),
        "Time signature": ("time_signature", forms.TIME_SIGNATURE),
        "Explicit": ("explicit", forms.YES_NO),
        "Popularity": ("popularity", forms.PERCENT),
        "Energy": ("energy", forms.PERCENT),
        "Danceability": ("danceability", forms.PERCENT),
        "Positiveness": ("positiveness", forms.PERCENT),
        "Speechiness": ("speechiness", forms.PERCENT),
        "Liveness": ("liveness", forms.PERCENT),
        "Acousticness": ("acousticness", forms.PERCENT),
        "Instrumentalness": ("instrumentalness", forms.PERCENT),
        "Good for Party": ("good_for_party", forms.FLAG),
        "Good for Work/Study": ("good_for_work_study", forms.FLAG),
        "Good for Relaxation/Meditation": ("good_for_relaxation_meditation", forms.FLAG),
        "Good for Exercise": ("good_for_exercise", forms.FLAG),
        "Good for Running": ("good_for_running", forms.FLAG),
        "Good for Yoga/Stretching": ("good_for_yoga_stretching", forms.FLAG),
        "Good for Driving": ("good_for_driving", forms.FLAG),
        "Good for Social Gatherings": ("good_for_social_gatherings", forms.FLAG),
        "Good for Morning Routine": ("good_for_morning_routine", forms.FLAG),
    }
    for rank in (1, 2, 3):
        listed[f"Similar Artist {rank}"] = (f"similar_artist_{rank}", forms.TEXT)
        listed[f"Similar Song {rank}"] = (f"similar_song_{rank}", forms.TEXT)
        listed[f"Similarity Score {rank}"] = (f"similarity_score_{rank}", forms.SCORE)
    return {header: Column(name, form) for header, (name, form) in listed.items()}


COLUMNS: Final[Mapping[str, Column]] = _columns()
NAMES: Final = tuple(column.name for column in COLUMNS.values())
TEXTS: Final = tuple(
    column.name
    for column in COLUMNS.values()
    if column.form in (forms.TEXT, forms.NAME, forms.TITLE)
)


def read_as(names: Sequence[str], revision: Revision) -> pl.Schema:
    """What a CSV reader may take the fields *names* for: text, and numbers where all are numbers."""
    forms = {column.name: _form(column, revision) for column in COLUMNS.values()}
    return pl.Schema({name: forms[name].read_as if name in forms else pl.String for name in names})


class Typed(NamedTuple):
    """Some rows, before and after."""

    cells: pl.DataFrame  # as text or whole numbers
    values: pl.DataFrame  # null where a cell is empty or not of its column's form
    wrong: pl.Series  # whether the row breaks the contract


def type_cells(fields: pl.DataFrame, revision: Revision) -> Typed:
    """The 39 columns of raw *fields* with their types, and which rows break the contract.

    Outer spaces do not count, except in lyrics. A field may be a number already.
    """
    typed = _type(trim(fields, TEXTS), revision)
    if typed.wrong.any():  # rarely: so only now look whether spaces around numbers are at fault
        text = fields.cast(pl.String)
        again = _type(trim(text.filter(typed.wrong), NAMES), revision)
        if not again.wrong.all():
            return _type(trim(text, NAMES), revision)
    return typed


def _type(cells: pl.DataFrame, revision: Revision) -> Typed:
    values = _parse(cells, revision)
    return Typed(cells, values, _find_wrong(cells, values))


def trim(fields: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The 39 columns of *fields*; in those of *names* an empty cell is null.

    So is one of spaces, and outer spaces are cut, except in lyrics. A column that the file lacks
    is of empty cells.
    """
    fields = fields.with_columns(
        pl.lit(None, pl.String).alias(name) for name in NAMES if name not in fields.columns
    )
    bare = fields.with_columns(
        pl.col(name).str.strip_chars() for name in names if name != LYRICS_COLUMN
    )
    return bare.select(
        pl.when(pl.col(name) != "").then(pl.col(name)) if name in names else name for name in NAMES
    )


def _parse(cells: pl.DataFrame, revision: Revision) -> pl.DataFrame:
    return cells.select(
        _form(column, revision).parse(pl.col(column.name)).alias(column.name)
        for column in COLUMNS.values()
    )


def _find_wrong(cells: pl.DataFrame, values: pl.DataFrame) -> pl.Series:
    """Whether a row has a filled cell without a value, or lacks its artist or song."""
    wrong = values["artist"].is_null() | values["song"].is_null()
    for name in NAMES:
        if values[name].null_count() > cells[name].null_count():
            wrong |= values[name].is_null() & cells[name].is_not_null()
    return wrong


def explain(fields: pl.DataFrame, revision: Revision) -> list[str]:
    """Why each of these rows of text *fields* breaks the contract, naming every wrong cell."""
    typed = _type(trim(fields, NAMES), revision)
    return [
        "; ".join(_complaints(cells, values, revision))
        for cells, values in zip(
            typed.cells.iter_rows(named=True), typed.values.iter_rows(named=True), strict=True
        )
    ]


def _complaints(
    cells: dict[str, str | None], values: dict[str, object], revision: Revision
) -> list[str]:
    complaints = []
    for column in COLUMNS.values():
        cell, name = cells[column.name], column.name
        if cell is None and name in REQUIRED:
            complaints.append(f"{name}: expected a name, got nothing")
        elif cell is not None and values[name] is None:
            got = repr(cell if len(cell) <= SHOWN else cell[:SHOWN] + "…")
            complaints.append(f"{name}: expected {_form(column, revision).expected}, got {got}")
    return complaints


def _form(column: Column, revision: Revision) -> Form:
    return revision.forms.get(column.name, column.form)


def list_artists(artist: pl.Expr) -> pl.Expr:
    """The single artists of "A,B"; a comma and a space belong to a name: "Crosby, Stills & Nash"."""
    return _split(artist.str.replace_all(", ", "\0", literal=True)).list.eval(
        pl.element().str.replace_all("\0", ", ", literal=True)
    )


def list_genres(genre: pl.Expr) -> pl.Expr:
    """The single tags of "Rock,pop" in lower case; an empty list where none is given."""
    return _split(genre.str.to_lowercase()).fill_null([])


def _split(text: pl.Expr) -> pl.Expr:
    part = pl.element().str.strip_chars(" \0")
    return text.str.split(",").list.eval(part.filter(part != ""))


def complete_songs(typed: pl.DataFrame) -> pl.DataFrame:
    """The columns of SONGS that one row of the catalogue alone gives."""
    return typed.with_columns(
        list_artists(pl.col("artist")).alias("artists"),
        list_genres(pl.col("genre")).alias("genres"),
    ).cast({name: dtype for name, dtype in SONGS.items() if name in NAMES})
