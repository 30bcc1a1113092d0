"""Neighbour lists as arrays, as they stand in a table."""

from __future__ import annotations

import numpy as np
import polars as pl

from models.picking import Integers


def lists_of(neighbours: pl.LazyFrame, song_id: pl.Series) -> Integers:
    """NEIGHBOURS of the songs *song_id* as rows of them, best first, [n, k]; -1 where a list is shorter."""
    places = pl.LazyFrame({"id": song_id}).with_row_index("row")
    table = (
        neighbours.select("song_id", "rank", "neighbour_id")
        .join(places.rename({"row": "query"}), left_on="song_id", right_on="id")
        .join(places.rename({"row": "found"}), left_on="neighbour_id", right_on="id")
        .select(pl.col("query", "rank", "found").cast(pl.Int64))
        .collect()
    )
    k = int(table["rank"].max() or 0)  # type: ignore[arg-type]
    lists = np.full((len(song_id), k), -1)
    lists[table["query"].to_numpy(), table["rank"].to_numpy() - 1] = table["found"].to_numpy()
    return lists
