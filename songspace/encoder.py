"""Songs to places in the space of a release, also songs that it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from songspace.errors import SongspaceError
from songspace.features import CATEGORIES, MEDITATION_SOURCES, FeatureEncoder
from songspace.inputs import Floats, network_inputs
from songspace.network import Network
from songspace.schemas import CONTINUOUS, GOOD_FOR, SONGS

COLUMNS_READ: Final = ("artists", "genres", "emotion", *CONTINUOUS, *GOOD_FOR, *MEDITATION_SOURCES)
"""Columns of SONGS that say where a song lies; of `artists` the first alone."""


@dataclass(frozen=True, eq=False)
class SongEncoder:
    """What a release needs to place a song.

    Raises:
        SongspaceError: If the two do not belong together.
    """

    features: FeatureEncoder
    network: Network

    def __post_init__(self) -> None:
        for name in CATEGORIES:
            known, placed = getattr(self.features, name).size, len(getattr(self.network, name))
            if known > placed:
                raise SongspaceError(
                    f"Expected a network that knows all {known} ids of the {name} vocabulary. "
                    f"It knows {placed}: take both from one release."
                )

    def __call__(self, songs: pl.DataFrame) -> Floats:
        """The latents of *songs*, float32 [rows, 20], each of unit length.

        Of the columns in COLUMNS_READ any may be absent or null, and any name may be one that the release
        does not know: that field is unknown then, and the others place the song.
        """
        features = self.features.encode(readable(songs).lazy()).collect()
        return self.network(network_inputs(features))


def readable(songs: pl.DataFrame) -> pl.DataFrame:
    """COLUMNS_READ as SONGS has them, null where absent; no song_id, which tells nothing of a place."""
    absent = [pl.lit(None).alias(name) for name in COLUMNS_READ if name not in songs.columns]
    return songs.with_columns(*absent, song_id=pl.lit(None)).select(
        "song_id", *(pl.col(name).cast(readable_type(name)) for name in COLUMNS_READ)
    )


def readable_type(name: str) -> pl.DataType:
    """The type of SONGS, but for a number a type that keeps fractions."""
    return pl.Float32() if name in CONTINUOUS else SONGS[name]
