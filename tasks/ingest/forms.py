"""The forms in which a cell is written, and what each becomes; a cell of another form becomes null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2100, 12, 31)
SEPARATOR: Final = "\x1f"
"""Between artist and song where a song_id is made of them: so it may stand in neither."""


@dataclass(frozen=True)
class Form:
    """How the cells of a column are written."""

    expected: str  # in words, for the one who wrote another form
    parse: Callable[[pl.Expr], pl.Expr]  # trimmed text, or the number in it, to the typed value
    read_as: type[pl.DataType] = pl.String  # what a CSV reader may take a cell for beforehand


def _between(value: pl.Expr, low: float, high: float) -> pl.Expr:
    return pl.when(value.is_between(low, high)).then(value)


def _whole(low: int, high: int, dtype: type[pl.DataType]) -> Callable[[pl.Expr], pl.Expr]:
    def parse(cell: pl.Expr) -> pl.Expr:
        return _between(cell.cast(pl.Int16, strict=False), low, high).cast(dtype)

    return parse


def _one_of(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    def parse(text: pl.Expr) -> pl.Expr:
        return pl.when(text.str.contains(pattern)).then(text)

    return parse


def _unseparated(text: pl.Expr) -> pl.Expr:
    return pl.when(~text.str.contains(SEPARATOR, literal=True)).then(text)


def _switch(yes: str, no: str) -> Callable[[pl.Expr], pl.Expr]:
    def parse(text: pl.Expr) -> pl.Expr:
        return pl.when(text == yes).then(True).when(text == no).then(False)

    return parse


def _number(text: pl.Expr) -> pl.Expr:
    value = text.cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def _minutes_and_seconds(text: pl.Expr) -> pl.Expr:
    written = _one_of(r"^[0-9]{1,3}:[0-5][0-9]$")(text)
    minutes, seconds = (part.cast(pl.Int32) for part in (written.str.head(-3), written.str.tail(2)))
    return _between(minutes * 60 + seconds, 0, 32_767).cast(pl.Int16)


def _decibels(text: pl.Expr) -> pl.Expr:
    value = text.str.strip_suffix("db").cast(pl.Float64, strict=False)
    measured = _between(value, -100, 20).cast(pl.Float32)
    return pl.when(text.str.ends_with("db")).then(measured)


def _scaled(low: float, high: float) -> Callable[[pl.Expr], pl.Expr]:
    """Undo a scaling of *low* to *high* onto 0 to 1."""

    def parse(text: pl.Expr) -> pl.Expr:
        return _between(_number(text), 0, 1) * (high - low) + low

    return parse


def _scaled_tempo(text: pl.Expr) -> pl.Expr:
    return _scaled(31, 200)(text).round().cast(pl.Int16)


def _scaled_loudness(text: pl.Expr) -> pl.Expr:
    return _scaled(-50.06, 4.98)(text).round(2).cast(pl.Float32)


def _sane_date(day: pl.Expr) -> pl.Expr:
    return pl.when(day.is_between(FIRST_DAY, LAST_DAY)).then(day)


def _ordinal_date(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace("(?:st|nd|rd|th) ", " ")  # the first only: August keeps its own
    return _sane_date(plain.str.to_date("%d %B %Y", strict=False))


def _iso_date(text: pl.Expr) -> pl.Expr:
    written = pl.when(text.str.len_bytes() == 10).then(text)
    return _sane_date(written.str.to_date("%Y-%m-%d", strict=False))


TEXT: Final = Form("text", lambda text: text)
NAME: Final = Form("a name", lambda text: _unseparated(_one_of(r"[^,\s]")(text)))
TITLE: Final = Form("a title", _unseparated)
LENGTH: Final = Form("minutes and seconds as 03:47", _minutes_and_seconds)
ORDINAL_DATE: Final = Form("a date as 29th April 2013", _ordinal_date)
ISO_DATE: Final = Form("a date as 2013-04-29", _iso_date)
KEY: Final = Form("a key as D min or A# Maj", _one_of("^(?:[ACDFG]#?|[BE]) (?:min|Maj)$"))
BEATS: Final = Form("a whole number 0 to 250", _whole(0, 250, pl.Int16), pl.Int16)
SCALED_TEMPO: Final = Form("a number 0 to 1", _scaled_tempo)
DECIBELS: Final = Form("decibels -100 to 20 as -6.85db", _decibels)
SCALED_LOUDNESS: Final = Form("a number 0 to 1", _scaled_loudness)
TIME_SIGNATURE: Final = Form("a time signature as 4/4", _one_of("^[0-9]{1,2}/[0-9]{1,2}$"))
YES_NO: Final = Form("Yes or No", _switch("Yes", "No"))
PERCENT: Final = Form("a whole number 0 to 100", _whole(0, 100, pl.Int8), pl.Int16)
FLAG: Final = Form("0 or 1", _whole(0, 1, pl.Boolean), pl.Int16)
SCORE: Final = Form("a finite number", _number)
