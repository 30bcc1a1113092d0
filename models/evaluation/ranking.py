"""How good a list is for its query: gains, and how near their order comes to the best that there could be."""

from __future__ import annotations

import numpy as np

from models.evaluation.search import Catalogue, filtered_lists
from models.evaluation.tag_sets import TagSets, jaccard, rank_by_sets
from models.picking import Floats, Integers


def ndcg(sets: TagSets, rows: Integers, lists: Integers, ideal: Floats) -> Floats:
    """Normalised DCG of each list, [q]: its discounted gains as a share of *ideal*.

    NaN for a query that nothing could answer: songs without tags, and those whose tags no song has that may
    stand in their list.
    """
    reached = discounted(gains(sets, rows, lists))
    none = np.full(len(rows), np.nan, np.float32)
    shares: Floats = np.divide(reached, ideal, out=none, where=ideal > 0)
    return shares


def gains(sets: TagSets, rows: Integers, lists: Integers) -> Floats:
    """Jaccard of the tags of each query and each song of its list, [q, k]; 0 where there is none."""
    of_query, of_song = sets.tags[sets.of_song[rows]], sets.tags[sets.of_song[lists]]
    return np.where(lists < 0, np.float32(0), jaccard(of_query[:, None], of_song))


def discounted(gained: Floats) -> Floats:
    """Sum of the gains [q, k], each over the logarithm of its rank."""
    discounts = 1 / np.log2(np.arange(2, gained.shape[1] + 2))
    return (gained @ discounts).astype(np.float32)


def ideal_gain(sets: TagSets, rows: Integers, catalogue: Catalogue, k: int) -> Floats:
    """What the best list of k under the same filters reaches, [q]: the whole catalogue in the order of its gains."""
    wanted, of_query = np.unique(sets.of_song[rows], return_inverse=True)

    def likeness(which: Integers) -> Floats:
        asked, of_asked = np.unique(of_query[which], return_inverse=True)
        return sets.likeness(sets.tags[wanted[asked]])[of_asked]

    best = filtered_lists(rank_by_sets(sets, likeness), rows, catalogue, k)
    return discounted(gains(sets, rows, best))
