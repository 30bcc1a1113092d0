"""Vocabularies and scaler, fitted on the data."""

from __future__ import annotations

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
from songspace.schemas import CONTINUOUS

SCALER_DIGITS = 9
"""Significant digits kept: more of them depend on how many threads summed, and float32 has seven."""


class EncodeSettings(BaseModel):
    """How often a name must occur before it gets an id; one that has got it keeps it in later releases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # One song says nothing of an artist that its own features do not say already.
    min_artist_songs: int = Field(2, ge=1, description="Songs an artist needs to get an id.")
    min_genre_songs: int = Field(5, ge=1, description="Songs a genre tag needs to get an id.")
    # The file holds about 26 rows of junk such as "True" and "pink", none of them ten times.
    min_emotion_songs: int = Field(10, ge=1, description="Songs an emotion needs to get an id.")


def fit_encoder(
    songs: pl.LazyFrame, settings: EncodeSettings, base: FeatureEncoder | None
) -> FeatureEncoder:
    """Fit vocabularies and scaler on *songs*.

    Every name that *base* knows keeps its id, also where it no longer occurs; new names are appended.
    """
    tokens = songs.select(
        artist_token().alias("artist"),
        genre_tokens().alias("genre"),
        emotion_token().alias("emotion"),
    ).collect(engine="streaming")
    known = {name: getattr(base, name).tokens if base else () for name in CATEGORIES}

    return FeatureEncoder(
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
