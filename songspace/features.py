"""Songs as numbers: three vocabularies and one scaler, as a release keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from songspace.jsonfile import write_json
from songspace.schemas import CONTINUOUS, FEATURES, GOOD_FOR, MEDITATION
from songspace.vocabulary import Vocabulary

CATEGORIES = ("artist", "genre", "emotion")

FILES = (*(f"{name}.json" for name in CATEGORIES), "scaler.json")
"""What a saved encoder consists of."""

MEDITATION_SOURCES = ("good_for_relaxation_meditation", "good_for_yoga_stretching")


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
class FeatureEncoder:
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
        """Write FILES into *folder*."""
        for name in CATEGORIES:
            tokens = getattr(self, name).tokens
            write_json(folder / f"{name}.json", {"unknown": 0, "first_id": 1, "tokens": tokens})
        write_json(folder / "scaler.json", {"columns": CONTINUOUS, **asdict(self.scaler)})

    @classmethod
    def load(cls, folder: Path) -> FeatureEncoder:
        """Read what `save` wrote."""
        vocabularies = {
            name: Vocabulary(
                tuple(json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["tokens"])
            )
            for name in CATEGORIES
        }
        scaler = json.loads((folder / "scaler.json").read_text(encoding="utf-8"))
        return cls(**vocabularies, scaler=Scaler(tuple(scaler["mean"]), tuple(scaler["sd"])))


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
