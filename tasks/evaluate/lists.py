"""Neighbour lists as arrays, as they stand in a table."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.picking import Integers

LINKS_AT_ONCE = 2**21
"""Rows of NEIGHBOURS that are looked up at once, some 60 bytes each."""


def lists_of(neighbours: pl.LazyFrame, song_id: pl.Series) -> Integers:
    """NEIGHBOURS of the songs *song_id* as rows of them, best first, int32 [n, k]; -1 where a list is shorter."""
    places = pl.LazyFrame({"id": song_id}).with_row_index("row")
    links, k = neighbours.select(pl.len(), pl.col("rank").max()).collect().row(0)
    lists = np.full((len(song_id), int(k or 0)), -1, np.int32)
    for start in range(0, links, LINKS_AT_ONCE):
        table = (
            neighbours.select("song_id", "rank", "neighbour_id")
            .slice(start, LINKS_AT_ONCE)
            .join(places.rename({"row": "query"}), left_on="song_id", right_on="id")
            .join(places.rename({"row": "found"}), left_on="neighbour_id", right_on="id")
            .select(pl.col("query", "rank", "found").cast(pl.Int32))
            .collect()
        )
        lists[table["query"].to_numpy(), table["rank"].to_numpy() - 1] = table["found"].to_numpy()
    return lists
