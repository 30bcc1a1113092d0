"""Songs to numbers and back: three vocabularies and one scaler, fitted on the data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from models.vocabulary import Vocabulary, extend_vocabulary
from songspace.jsonfile import write_json
from songspace.schemas import CONTINUOUS, FEATURES, GOOD_FOR, MEDITATION

CATEGORIES = ("artist", "genre", "emotion")

SCALER_DIGITS = 9
"""Significant digits kept: more of them depend on how many threads summed, and float32 has seven."""

MEDITATION_SOURCES = ("good_for_relaxation_meditation", "good_for_yoga_stretching")


class EncodeSettings(BaseModel):
    """How often a name must occur before it gets an id; one that has got it keeps it in later releases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # One song says nothing of an artist that its own features do not say already.
    min_artist_songs: int = Field(2, ge=1, description="Songs an artist needs to get an id.")
    min_genre_songs: int = Field(5, ge=1, description="Songs a genre tag needs to get an id.")
    # The file holds about 26 rows of junk such as "True" and "pink", none of them ten times.
    min_emotion_songs: int = Field(10, ge=1, description="Songs an emotion needs to get an id.")


@dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation of each continuous feature, in the order of CONTINUOUS."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]

    def standardise(self) -> list[pl.Expr]:
        """Zero mean, unit variance, Float32; null stays null."""
        return [
            ((pl.col(name).cast(pl.Float32) - mean) / sd).cast(pl.Float32).alias(name)
            for name, mean, sd in zip(CONTINUOUS, self.mean, self.sd, strict=True)
        ]


@dataclass(frozen=True)
class Encoder:
    """All that turns a row of SONGS into a row of FEATURES."""

    artist: Vocabulary
    genre: Vocabulary
    emotion: Vocabulary
    scaler: Scaler

    def encode(self, songs: pl.LazyFrame) -> pl.LazyFrame:
        """FEATURES of *songs*, row by row in their order; names not in the vocabularies become id 0."""
        return songs.select(
            "song_id",
            *self.scaler.standardise(),
            *(pl.col(name).cast(pl.Int8) for name in GOOD_FOR),
            meditation(),
            self.artist.ids(artist_token(), pl.Int32).alias("artist_id"),
            genre_tokens()
            .list.eval(self.genre.ids(pl.element(), pl.Int16))
            .list.eval(pl.element().filter(pl.element() > 0))
            .alias("genre_ids"),
            self.emotion.ids(emotion_token(), pl.Int16).alias("emotion_id"),
        ).cast(FEATURES)

    def save(self, folder: Path) -> None:
        """Write artist.json, genre.json, emotion.json and scaler.json into *folder*."""
        for name in CATEGORIES:
            tokens = getattr(self, name).tokens
            write_json(folder / f"{name}.json", {"unknown": 0, "first_id": 1, "tokens": tokens})
        write_json(folder / "scaler.json", {"columns": CONTINUOUS, **asdict(self.scaler)})

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Read what `save` wrote."""
        vocabularies = {
            name: Vocabulary(tuple(json.loads((folder / f"{name}.json").read_text())["tokens"]))
            for name in CATEGORIES
        }
        scaler = json.loads((folder / "scaler.json").read_text())
        return cls(**vocabularies, scaler=Scaler(tuple(scaler["mean"]), tuple(scaler["sd"])))


def fit_encoder(songs: pl.LazyFrame, settings: EncodeSettings, base: Encoder | None) -> Encoder:
    """Fit vocabularies and scaler on *songs*.

    Every name that *base* knows keeps its id, also where it no longer occurs; new names are appended.
    """
    tokens = songs.select(
        artist_token().alias("artist"),
        genre_tokens().alias("genre"),
        emotion_token().alias("emotion"),
    ).collect(engine="streaming")
    known = {name: getattr(base, name).tokens if base else () for name in CATEGORIES}

    return Encoder(
        artist=extend_vocabulary(known["artist"], tokens["artist"], settings.min_artist_songs),
        genre=extend_vocabulary(
            known["genre"],
            tokens["genre"]
            .list.unique(maintain_order=True)
            .explode(),  # songs are counted, not tags
            settings.min_genre_songs,
        ),
        emotion=extend_vocabulary(known["emotion"], tokens["emotion"], settings.min_emotion_songs),
        scaler=fit_scaler(songs),
    )


def fit_scaler(songs: pl.LazyFrame) -> Scaler:
    """Mean and standard deviation of the known values; a constant or empty column is left as it is.

    Rounded to SCALER_DIGITS.
    """
    columns = [pl.col(name).cast(pl.Float64) for name in CONTINUOUS]
    moments = songs.select(
        *(column.mean().round_sig_figs(SCALER_DIGITS).name.suffix("_mean") for column in columns),
        *(
            column.std(ddof=0).round_sig_figs(SCALER_DIGITS).name.suffix("_sd")
            for column in columns
        ),
    ).collect(engine="streaming")
    row = moments.row(0, named=True)
    return Scaler(
        tuple(row[f"{name}_mean"] or 0.0 for name in CONTINUOUS),
        tuple(row[f"{name}_sd"] or 1.0 for name in CONTINUOUS),
    )


def meditation() -> pl.Expr:
    """How many of the two switches for meditation and stretching are on, 0 to 2; null where one is unknown."""
    switches = [pl.col(name).cast(pl.Int8) for name in MEDITATION_SOURCES]
    return pl.sum_horizontal(*switches, ignore_nulls=False).alias(MEDITATION)


def artist_token() -> pl.Expr:
    """The first artist in lower case: the one a song is filed under."""
    return pl.col("artists").list.first().str.to_lowercase()


def genre_tokens() -> pl.Expr:
    """All genre tags, lower case as SONGS has them."""
    return pl.col("genres").fill_null([])


def emotion_token() -> pl.Expr:
    """The emotion in lower case."""
    return pl.col("emotion").str.strip_chars().str.to_lowercase()
