"""FEATURES as the arrays that the network reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from songspace.aligned import empty_array
from songspace.schemas import NUMERIC

GENRES_PER_SONG = 4
"""Tags of a song that the network reads; the catalogue gives one to three."""

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]
Rows: TypeAlias = "slice | npt.NDArray[np.integer[Any] | np.bool_]"
"""Which songs: a run of them, their numbers, or a yes or no for each."""


@dataclass(frozen=True)
class Inputs:
    """The network's inputs, one row a song."""

    numeric: Floats  # [rows, 17], NaN where unknown
    artist: Integers  # [rows], 0 where unknown
    genre: Integers  # [rows, GENRES_PER_SONG], padded with 0
    emotion: Integers  # [rows], 0 where unknown

    @classmethod
    def empty(cls, songs: int) -> Inputs:
        """Room for so many *songs*, each array aligned; what is in it is by chance."""
        return cls(
            numeric=empty_array((songs, len(NUMERIC)), np.float32),
            artist=empty_array((songs,), np.int32),
            genre=empty_array((songs, GENRES_PER_SONG), np.int32),
            emotion=empty_array((songs,), np.int32),
        )

    def __len__(self) -> int:
        return len(self.numeric)

    def as_dict(self) -> dict[str, Floats | Integers]:
        """The arrays under the names of the network's input layers."""
        return vars(self)

    def take(self, rows: Rows) -> Inputs:
        """The songs of *rows*, in that order; of a slice, without copying."""
        return Inputs(self.numeric[rows], self.artist[rows], self.genre[rows], self.emotion[rows])

    def hiding(self, *fields: str) -> Inputs:
        """The same songs with *fields* unknown: "artist", "genre", "emotion", "numeric" or one of NUMERIC.

        Raises:
            ValueError: If there is no such field.
        """
        known = (*self.as_dict(), *NUMERIC)
        if not set(fields) <= set(known):
            raise ValueError(f"Expected fields out of {known}. Received: {fields}.")
        hidden = ["numeric" in fields or name in fields for name in NUMERIC]
        return Inputs(
            numeric=np.where(hidden, np.float32("nan"), self.numeric),
            artist=self.artist * np.int32("artist" not in fields),
            genre=self.genre * np.int32("genre" not in fields),
            emotion=self.emotion * np.int32("emotion" not in fields),
        )


def network_inputs(features: pl.DataFrame) -> Inputs:
    """Turn FEATURES into arrays; only the first GENRES_PER_SONG tags are read."""
    numeric = features.select(pl.col(NUMERIC).cast(pl.Float32).fill_null(float("nan")))
    tags = features["genre_ids"].cast(pl.List(pl.Int32))
    return Inputs(
        numeric=np.ascontiguousarray(numeric.to_numpy()),
        artist=features["artist_id"].to_numpy().astype(np.int32),
        genre=pad_tags(tags),
        emotion=features["emotion_id"].to_numpy().astype(np.int32),
    )


def pad_tags(tags: pl.Series) -> Integers:
    """Lists of ids as int32 [rows, GENRES_PER_SONG], cut or padded with 0."""
    columns = [
        tags.list.get(place, null_on_oob=True).fill_null(0) for place in range(GENRES_PER_SONG)
    ]
    return np.ascontiguousarray(
        np.stack([column.to_numpy() for column in columns], axis=1), np.int32
    )
