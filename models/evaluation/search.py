"""Lists of songs under the filters of the protocol, by whatever order a space or a baseline gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import faiss
import numpy as np

from models.picking import SPARE, Floats, Integers, Lists, pick, search_in_pieces, widen

Rank: TypeAlias = Callable[[Integers, int], tuple[Integers, Floats]]
"""From the places of some queries among all and a width: their first *width* candidates and falling scores."""

FEWEST_TO_SCAN = 50_000
"""Songs from which on a search is worth a second of compiling."""


@dataclass(frozen=True)
class Catalogue:
    """What the filters need to know of every song."""

    artist: Integers  # [n], 0 where unknown; an unknown artist equals nobody
    group: Integers  # [n], from 0; equal numbers are one recording

    def __len__(self) -> int:
        return len(self.artist)


def order_of(space: Floats) -> Callable[[Floats], Rank]:
    """What ranks all songs of *space*, [n, d], by their inner product with each of any queries, [q, d], exactly."""
    if len(space) >= FEWEST_TO_SCAN:
        from models.evaluation.scan import Scan

        return Scan(space).rank
    index: Any = faiss.IndexFlatIP(space.shape[1])
    index.add(np.ascontiguousarray(space, np.float32))

    def order(queries: Floats) -> Rank:
        def rank(which: Integers, width: int) -> tuple[Integers, Floats]:
            scores, found = index.search(np.ascontiguousarray(queries[which], np.float32), width)
            return found, scores

        return rank

    return order


def filtered_lists(
    rank: Rank, rows: Integers, catalogue: Catalogue, k: int, *, artist_filter: bool = True
) -> Integers:
    """The first k candidates of each query that may stand in its list, [q, k]; -1 where there are no more.

    Left out are the song itself and its clones, all but the first song of any other clone group, and, if
    *artist_filter*, the songs of the query's artist. A list is exactly what the whole order would give:
    the largest artists have a thousand songs, so candidates are added until it is full.
    """
    total = len(catalogue)

    def search(which: Integers, width: int) -> Lists:
        found, scores = rank(which, width)
        queries = rows[which][:, None]
        groups = catalogue.group[found]  # [b, width]
        barred = (found < 0) | (groups == catalogue.group[queries])
        if artist_filter:
            artist = catalogue.artist[queries]
            barred |= (catalogue.artist[found] == artist) & (artist > 0)
        return pick(found, scores, barred, groups, k)

    width = min(k + SPARE, total)
    lists = search_in_pieces(search, np.arange(len(rows)), width)
    widen(search, lists, width, total)
    return lists.rows
