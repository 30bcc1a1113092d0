"""How much of the lists stays from one space to another."""

from __future__ import annotations

import numpy as np

from models.evaluation.lists import blocks
from models.picking import Floats, Integers


def overlap(first: Integers, second: Integers) -> Floats:
    """Share of the songs of two lists that both have, [q]; NaN where both lists are empty.

    The shares are of the longer list. Both are [q, k] of the same queries and songs, no song twice in a
    list, -1 where there are none.
    """
    both = np.sort(np.hstack([first, second]), axis=1)
    shared = ((both[:, 1:] == both[:, :-1]) & (both[:, 1:] >= 0)).sum(1)
    longer = np.maximum((first >= 0).sum(1), (second >= 0).sum(1))
    none = np.full(len(first), np.nan, np.float32)
    shares: Floats = np.divide(shared, longer, out=none, where=longer > 0)
    return shares


def overlap_of_common(
    first_id: Integers,
    first: Integers,
    second_id: Integers,
    second: Integers,
    k: int = 10,
) -> Floats:
    """`overlap` of the lists of songs that both catalogues have, without songs that only one has, [common songs].

    A song that is new did not make the space less stable. Lists longer than k therefore tell more.

    Args:
        first_id: Names of the songs of the one catalogue, no name twice, [n].
        first: Their lists as rows of it, [n, k or more], -1 where there are none.
        second_id: Names of the songs of the other, [m].
        second: Their lists.
        k: How much of each list is looked at.
    """
    _, rows, others = np.intersect1d(first_id, second_id, return_indices=True)
    own_name, common_name = np.full(len(first_id), -1), np.full(len(second_id), -1)
    own_name[rows] = common_name[others] = rows
    shares = [
        overlap(kept(own_name, first[rows[some]], k), kept(common_name, second[others[some]], k))
        for some in blocks(len(rows))
    ]
    return np.concatenate([np.empty(0, np.float32), *shares])


def kept(names: Integers, lists: Integers, k: int) -> Integers:
    """The first k of *lists* under new *names*, [n]; songs whose new name is -1 are struck out."""
    renamed = np.where(lists < 0, -1, names[lists])
    order = np.argsort(renamed < 0, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(renamed, order, axis=1)


def mean_of_known(shares: Floats) -> float | None:
    """Mean over the queries that have lists; None where none has."""
    return float(np.nanmean(shares)) if np.isfinite(shares).any() else None
