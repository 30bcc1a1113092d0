"""What a space must beat without being one: lists by chance, and the same songs for everybody."""

from __future__ import annotations

import numpy as np

from models.evaluation.search import Catalogue, filtered_lists
from models.picking import Floats, Integers


def random_lists(
    rows: Integers, catalogue: Catalogue, k: int, seed: int, *, artist_filter: bool = True
) -> Integers:
    """Lists by chance: each query reads the shuffled catalogue from a place of its own."""
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(catalogue))
    starts = random.integers(len(catalogue), size=len(rows))

    def rank(which: Integers, width: int) -> tuple[Integers, Floats]:
        places = (starts[which][:, None] + np.arange(width)) % len(catalogue)
        return shuffled[places], np.zeros(places.shape, np.float32)

    return filtered_lists(rank, rows, catalogue, k, artist_filter=artist_filter)


def popularity_lists(
    rows: Integers,
    catalogue: Catalogue,
    popularity: Floats,
    k: int,
    *,
    artist_filter: bool = True,
) -> Integers:
    """The most popular songs for everybody, equal ones in the order of the catalogue; NaN is least popular."""
    order = np.argsort(-np.nan_to_num(popularity, nan=-np.inf), kind="stable")

    def rank(which: Integers, width: int) -> tuple[Integers, Floats]:
        shape = (len(which), width)
        falling = popularity[order[:width]].astype(np.float32)
        return np.broadcast_to(order[:width], shape), np.broadcast_to(falling, shape)

    return filtered_lists(rank, rows, catalogue, k, artist_filter=artist_filter)
