"""The tables of a release: names, order and types of their columns.

Signed integers only: Spark and DuckDB read them without a cast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl
from polars.datatypes import DataType, DataTypeClass


def _columns(types: Mapping[str, DataType | DataTypeClass]) -> pl.Schema:
    """A schema of columns given by class or by instance."""
    return pl.Schema(types)


LATENT_DIM: Final = 20

SPACE_ID: Final = "space_id"
"""The key of a Parquet file's metadata under which stands of which space its latents are."""

CONTINUOUS: Final = (
    "tempo",
    "popularity",
    "energy",
    "danceability",
    "positiveness",
    "speechiness",
    "liveness",
    "acousticness",
    "instrumentalness",
)
"""The nine measured features: tempo in beats a minute, the others 0 to 100."""

GOOD_FOR: Final = (
    "good_for_party",
    "good_for_work_study",
    "good_for_exercise",
    "good_for_running",
    "good_for_driving",
    "good_for_social_gatherings",
    "good_for_morning_routine",
)
"""The seven switches of the catalogue that the model reads one by one."""

MEDITATION: Final = "good_for_meditation_stretching"
"""Relaxation/Meditation plus Yoga/Stretching: 0, 1 or 2."""

NUMERIC: Final = (*CONTINUOUS, *GOOD_FOR, MEDITATION)
"""The model's 17 numeric inputs, in the order of its first layer."""

SONGS: Final = _columns(
    {
        "song_id": pl.Int64,  # xxh3 of artist and song: the same in every release
        "artist": pl.String,  # as in the file: "A,B"
        "artists": pl.List(pl.String),
        "song": pl.String,
        "length_s": pl.Int16,
        "emotion": pl.String,  # as in the file
        "genre": pl.String,  # as in the file: "rock,pop"
        "genres": pl.List(pl.String),  # lower case, in the file's order
        "album": pl.String,
        "release_date": pl.Date,
        "key": pl.String,
        "tempo": pl.Int16,  # beats a minute
        "loudness_db": pl.Float32,
        "time_signature": pl.String,
        "explicit": pl.Boolean,
        "popularity": pl.Int8,
        "energy": pl.Int8,
        "danceability": pl.Int8,
        "positiveness": pl.Int8,
        "speechiness": pl.Int8,
        "liveness": pl.Int8,
        "acousticness": pl.Int8,
        "instrumentalness": pl.Int8,
        "good_for_party": pl.Boolean,
        "good_for_work_study": pl.Boolean,
        "good_for_relaxation_meditation": pl.Boolean,
        "good_for_exercise": pl.Boolean,
        "good_for_running": pl.Boolean,
        "good_for_yoga_stretching": pl.Boolean,
        "good_for_driving": pl.Boolean,
        "good_for_social_gatherings": pl.Boolean,
        "good_for_morning_routine": pl.Boolean,
        "similar_artist_1": pl.String,
        "similar_song_1": pl.String,
        "similarity_score_1": pl.Float64,
        "similar_artist_2": pl.String,
        "similar_song_2": pl.String,
        "similarity_score_2": pl.Float64,
        "similar_artist_3": pl.String,
        "similar_song_3": pl.String,
        "similarity_score_3": pl.Float64,
        "clone_group": pl.Int64,  # song_id of the first song with the very same recording; its own if alone
        "duplicates": pl.Int32,  # later rows of the same artist and song, folded into this one
        "file": pl.String,  # name of the source file
        "line": pl.Int64,  # line of the source file at which the row begins; the header is line 1
    }
)
"""One row a song, in the order of the source. Lyrics lie in their own table."""

LYRICS: Final = _columns({"song_id": pl.Int64, "text": pl.String})
"""The lyrics, row by row beside SONGS."""

QUARANTINE: Final = _columns(
    {"file": pl.String, "line": pl.Int64, "reason": pl.String, "raw": pl.String}
)
"""Rows that break the contract; bytes of *raw* that are not UTF-8 stand as ``\\xNN``."""

FOLDED: Final = _columns(
    {"file": pl.String, "line": pl.Int64, "song_id": pl.Int64, "exact": pl.Boolean}
)
"""Rows folded into an earlier one of the same artist and song; *exact*: every other column is equal too."""

FEATURES: Final = _columns(
    {
        "song_id": pl.Int64,
        **dict.fromkeys(CONTINUOUS, pl.Float32),  # standardised; null where unknown
        **dict.fromkeys(GOOD_FOR, pl.Int8),  # 0 or 1
        MEDITATION: pl.Int8,  # 0, 1 or 2
        "artist_id": pl.Int32,  # 0 is unknown, here and below
        "genre_ids": pl.List(pl.Int16),
        "emotion_id": pl.Int16,
    }
)
"""What the model reads, row by row beside SONGS."""

LATENTS: Final = _columns(
    {
        "song_id": pl.Int64,
        "artist": pl.String,
        "song": pl.String,
        "album": pl.String,
        "genre": pl.String,
        "emotion": pl.String,
        "release_date": pl.Date,
        "popularity": pl.Int8,
        "latent": pl.Array(pl.Float32, LATENT_DIM),
    }
)
"""Every song's place in the space, row by row beside SONGS."""

ENCODED: Final = _columns(
    {
        **LATENTS,
        "neighbours": pl.List(pl.Struct({"neighbour_id": pl.Int64, "score": pl.Float32})),
    }
)
"""New songs, encoded without a run: LATENTS, and the nearest songs of the release, best first."""

NEIGHBOURS: Final = _columns(
    {
        "song_id": pl.Int64,
        "rank": pl.Int8,  # 1 is the nearest
        "neighbour_id": pl.Int64,
        "score": pl.Float32,  # cosine of the two latents
    }
)
"""The nearest songs of every song: never itself, never one of its clones."""

MAP: Final = _columns({"song_id": pl.Int64, "x": pl.Float32, "y": pl.Float32})
"""The t-SNE of a sample of songs."""
