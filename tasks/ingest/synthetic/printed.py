"""How the rows of a catalogue are printed: columns that follow from others, and their dialect."""

from __future__ import annotations

from typing import Final

import polars as pl

_TEMPO, _ENERGY, _DANCE = pl.col("Tempo"), pl.col("Energy"), pl.col("Danceability")
_ACOUSTIC, _SPEECH, _FAME = pl.col("Acousticness"), pl.col("Speechiness"), pl.col("Popularity")

FLAGS: Final[dict[str, pl.Expr]] = {
    "Good for Party": (_FAME > 40) & (_TEMPO > 120) & (_ENERGY > 60) & (_DANCE > 50),
    "Good for Work/Study": _TEMPO.is_between(60, 110, "none")
    & (_ENERGY < 50)
    & (_ACOUSTIC > 40)
    & (_SPEECH < 20),
    "Good for Relaxation/Meditation": (_TEMPO < 90)
    & (_ENERGY < 40)
    & (_ACOUSTIC > 50)
    & (_SPEECH < 20),
    "Good for Exercise": (_TEMPO > 120) & (_ENERGY > 60) & (_DANCE > 50),
    "Good for Running": (_TEMPO > 140) & (_ENERGY > 70) & (_DANCE > 50),
    "Good for Yoga/Stretching": (_TEMPO < 90) & (_ENERGY < 30) & (_ACOUSTIC > 55) & (_SPEECH < 20),
    "Good for Driving": _TEMPO.is_between(80, 120, "none")
    & _ENERGY.is_between(40, 60, "none")
    & (_ACOUSTIC < 40)
    & (_DANCE > 50),
    "Good for Social Gatherings": _TEMPO.is_between(100, 130, "none")
    & _ENERGY.is_between(50, 70, "none")
    & (_FAME > 50)
    & (_DANCE > 60),
    "Good for Morning Routine": _TEMPO.is_between(100, 130, "none")
    & _ENERGY.is_between(50, 70, "none")
    & (_ACOUSTIC < 50)
    & (_DANCE > 50),
}
"""The nine rules, on beats a minute."""

SLOWEST, TEMPO_SPAN = 31, 169
SOFTEST_DB, LOUDNESS_SPAN = -50.06, 55.04

HEADER: Final = (
    *("Artist(s)", "song", "text", "Length", "emotion", "Genre", "Album", "Release Date", "Key"),
    *("Tempo", "Loudness (db)", "Time signature", "Explicit", "Popularity", "Energy"),
    *("Danceability", "Positiveness", "Speechiness", "Liveness", "Acousticness"),
    "Instrumentalness",
    *FLAGS,
    *(
        f"{column} {rank}"
        for rank in (1, 2, 3)
        for column in ("Similar Artist", "Similar Song", "Similarity Score")
    ),
)


def printed(songs: pl.DataFrame, revision: str) -> pl.DataFrame:
    """*songs* with the columns of the real file, in its order and in the dialect of *revision*."""
    flagged = songs.with_columns(rule.cast(pl.Int8).alias(name) for name, rule in FLAGS.items())
    return flagged.with_columns(_scaled() if revision == "scaled" else _plain()).select(HEADER)


def _plain() -> list[pl.Expr]:
    date, loudness = pl.col("Release Date"), pl.col("Loudness (db)")
    number = loudness.cast(pl.String).str.strip_suffix(".0").replace("-0", "0")
    return [
        pl.concat_str(number, pl.lit("db")).alias("Loudness (db)"),
        pl.concat_str(
            date.dt.day().cast(pl.String), _suffix(date.dt.day()), date.dt.strftime(" %B %Y")
        ).alias("Release Date"),
    ]


def _scaled() -> list[pl.Expr]:
    return [
        (pl.col("Tempo") - SLOWEST) / TEMPO_SPAN,
        ((pl.col("Loudness (db)") - SOFTEST_DB) / LOUDNESS_SPAN).clip(0, 1),
        pl.col("Release Date").dt.strftime("%Y-%m-%d"),
    ]


def _suffix(day: pl.Expr) -> pl.Expr:
    """``st``, ``nd``, ``rd`` or ``th``."""
    return (
        pl.when(day.is_in([1, 21, 31]))
        .then(pl.lit("st"))
        .when(day.is_in([2, 22]))
        .then(pl.lit("nd"))
        .when(day.is_in([3, 23]))
        .then(pl.lit("rd"))
        .otherwise(pl.lit("th"))
    )
