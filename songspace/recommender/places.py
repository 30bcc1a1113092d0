"""Where songs lie on the map, also those that were not drawn."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import polars as pl

from songspace.inputs import Floats
from songspace.recommender.index import DirectionIndex, Rows

NEAREST: Final = 5

Place: TypeAlias = tuple[float, float]


class Places:
    """The map of a release, extended to every song and to every point of the space.

    A song that is not on the map lies at the median of the nearest five that are: where an optimisation
    of its place would begin (Poličar, Stražar and Zupan, 2023).
    """

    def __init__(self, map_: pl.DataFrame, song_id: pl.Series, vectors: DirectionIndex) -> None:
        """*map_* is MAP, *song_id* the ids of the songs of *vectors*."""
        rows = pl.DataFrame({"song_id": song_id}).with_row_index("row")
        drawn = map_.join(rows, on="song_id", how="inner", maintain_order="left")
        self.rows: Rows = drawn["row"].to_numpy().astype(np.intp)
        self.xy: Floats = drawn.select("x", "y").to_numpy()  # [points, 2], beside `rows`
        self._index = DirectionIndex(vectors.vector(self.rows)) if len(self.rows) else None
        self._point = dict(zip(self.rows.tolist(), range(len(self.rows)), strict=True))

    def of_row(self, row: int, vector: Floats) -> Place | None:
        """The place of a song, by its row and its latent [20]; None where there is no map."""
        point = self._point.get(row)
        return self.of(vector) if point is None else _as_pair(self.xy[point])

    def of(self, vector: Floats) -> Place | None:
        """The place of a latent [20]; None where there is no map."""
        if self._index is None:
            return None
        nearest, _ = self._index.search(vector, NEAREST)
        return _as_pair(np.median(self.xy[nearest], axis=0))


def _as_pair(point: Floats) -> Place:
    return float(point[0]), float(point[1])
