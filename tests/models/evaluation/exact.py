"""Exact lists straight from places."""

from __future__ import annotations

from models.evaluation.search import Catalogue, filtered_lists, order_of
from models.picking import Floats, Integers


def nearest(
    queries: Floats,
    rows: Integers,
    space: Floats,
    catalogue: Catalogue,
    k: int,
    *,
    artist_filter: bool = True,
) -> Integers:
    """The k songs of *space* nearest to each query by inner product, exactly; [q, k], -1 where there are no more.

    Args:
        queries: Places to look from, [q, d].
        rows: Which song each query is, [q].
        space: Places of all songs, [n, d].
        catalogue: What may not stand beside what.
        k: Length of the lists.
        artist_filter: Whether to leave out the songs of the query's artist.
    """
    rank = order_of(space)(queries)
    return filtered_lists(rank, rows, catalogue, k, artist_filter=artist_filter)
