"""Which songs are one recording under several titles, as models need to know."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl


def clone_groups(songs: pl.LazyFrame, song_id: pl.Series) -> npt.NDArray[np.int64]:
    """The clone group of every song, row by row beside *song_id*.

    Raises:
        ValueError: If *songs* are other songs, or in another order.
    """
    groups = songs.select("song_id", "clone_group").collect()
    if not groups["song_id"].equals(song_id):
        raise ValueError(
            f"Expected the {len(song_id)} songs of this table in their order, got {len(groups)} songs "
            "that differ from them. Encode the songs again."
        )
    return groups["clone_group"].to_numpy()
