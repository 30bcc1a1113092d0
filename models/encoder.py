"""Vocabularies and scaler, fitted on the data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from models.vocabulary import extend_vocabulary
from songspace.features import (
    CATEGORIES,
    FeatureEncoder,
    Scaler,
    artist_token,
    emotion_token,
    genre_tokens,
)
from songspace.jsonfile import write_json
from songspace.schemas import CONTINUOUS

SCALER_DIGITS = 9
"""Significant digits kept: float32 has seven, and sums of squares lose some of sixteen."""

COUNTS: Final = pl.Schema({"token": pl.String, "count": pl.Int64})


class EncodeSettings(BaseModel):
    """How often a name must occur before it gets an id; one that has got it keeps it in later releases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # One song says nothing of an artist that its own features do not say already.
    min_artist_songs: int = Field(2, ge=1, description="Songs an artist needs to get an id.")
    min_genre_songs: int = Field(5, ge=1, description="Songs a genre tag needs to get an id.")
    # The file holds about 26 rows of junk such as "True" and "pink", none of them ten times.
    min_emotion_songs: int = Field(10, ge=1, description="Songs an emotion needs to get an id.")


@dataclass(frozen=True)
class Moments:
    """Number, sum and sum of squares of some whole numbers, as all of CONTINUOUS are: exact, however they are cut."""

    count: int
    total: int
    squares: int

    @classmethod
    def of(cls, values: pl.Series) -> Moments:
        """The moments of what is known of *values*."""
        known = values.drop_nulls().cast(pl.Int64)
        return cls(len(known), int(known.sum()), int((known * known).sum()))

    @classmethod
    def merged(cls, parts: Sequence[Moments]) -> Moments:
        """The moments of all values together."""
        return cls(
            sum(part.count for part in parts),
            sum(part.total for part in parts),
            sum(part.squares for part in parts),
        )

    @property
    def mean(self) -> float:
        """To SCALER_DIGITS; 0 where there is no value."""
        return significant(self.total / self.count) if self.count else 0.0

    @property
    def sd(self) -> float:
        """Of the population, to SCALER_DIGITS; 1 where it is nought or there is no value."""
        spread = self.count * self.squares - self.total**2  # times the square of their number
        return significant(math.sqrt(spread) / self.count) if spread else 1.0


def significant(number: float) -> float:
    """*number* to SCALER_DIGITS."""
    return float(f"{number:.{SCALER_DIGITS}g}")


@dataclass(frozen=True, eq=False)
class Summary:
    """What vocabularies and scaler are fitted to, of some songs; summaries of parts make up that of the whole."""

    counts: Mapping[str, pl.DataFrame]  # by category, COUNTS: in how many songs each token stands
    moments: Mapping[str, Moments]  # by name of CONTINUOUS

    @classmethod
    def of(cls, songs: pl.LazyFrame) -> Summary:
        """Count *songs*."""
        tokens = songs.select(
            artist_token().alias("artist"),
            genre_tokens().list.unique(maintain_order=True).alias("genre"),  # songs, not tags
            emotion_token().alias("emotion"),
            *CONTINUOUS,
        ).collect(engine="streaming")
        tags = tokens["genre"].explode()
        columns = {"artist": tokens["artist"], "genre": tags, "emotion": tokens["emotion"]}
        return cls(
            {name: count_tokens(columns[name]) for name in CATEGORIES},
            {name: Moments.of(tokens[name]) for name in CONTINUOUS},
        )

    @classmethod
    def merged(cls, parts: Sequence[Summary]) -> Summary:
        """The summary of all songs together."""
        return cls(
            {
                name: add_counts(pl.concat([part.counts[name] for part in parts]))
                for name in CATEGORIES
            },
            {name: Moments.merged([part.moments[name] for part in parts]) for name in CONTINUOUS},
        )

    def save(self, folder: Path) -> None:
        """Write it into *folder*; equal songs give equal bytes."""
        for name, counts in self.counts.items():
            counts.write_parquet(folder / f"{name}.parquet", compression="zstd")
        write_json(folder / "moments.json", {name: vars(of) for name, of in self.moments.items()})

    @classmethod
    def load(cls, folder: Path) -> Summary:
        """Read what `save` wrote."""
        moments = json.loads((folder / "moments.json").read_text(encoding="utf-8"))
        return cls(
            {name: pl.read_parquet(folder / f"{name}.parquet") for name in CATEGORIES},
            {name: Moments(**moments[name]) for name in CONTINUOUS},
        )


def count_tokens(tokens: pl.Series) -> pl.DataFrame:
    """How often each of *tokens* occurs, in the order of their letters; null is none."""
    known = tokens.drop_nulls().cast(pl.String).to_frame("token")
    return add_counts(known.with_columns(pl.lit(1, pl.Int64).alias("count")).cast(COUNTS))


def add_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """One row a token, in the order of their letters."""
    return counts.group_by("token").agg(pl.col("count").sum()).sort("token")


def fit_encoder(
    songs: pl.LazyFrame, settings: EncodeSettings, base: FeatureEncoder | None
) -> FeatureEncoder:
    """Fit vocabularies and scaler on *songs*, see `fit_summaries`."""
    return fit_summaries([Summary.of(songs)], settings, base)


def fit_summaries(
    summaries: Sequence[Summary], settings: EncodeSettings, base: FeatureEncoder | None
) -> FeatureEncoder:
    """Fit vocabularies and scaler on the songs of all *summaries*, however they are cut.

    Every name that *base* knows keeps its id, also where it no longer occurs; new names are appended.
    """
    whole = Summary.merged(summaries)
    known = {name: getattr(base, name).tokens if base else () for name in CATEGORIES}
    fewest = {
        "artist": settings.min_artist_songs,
        "genre": settings.min_genre_songs,
        "emotion": settings.min_emotion_songs,
    }
    vocabularies = {
        name: extend_vocabulary(known[name], whole.counts[name], fewest[name])
        for name in CATEGORIES
    }
    moments = [whole.moments[name] for name in CONTINUOUS]
    scaler = Scaler(tuple(of.mean for of in moments), tuple(of.sd for of in moments))
    return FeatureEncoder(**vocabularies, scaler=scaler)
