"""How much of the lists stays from one space to another."""

from __future__ import annotations

import numpy as np

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


def on_common_songs(
    first_id: Integers,
    first: Integers,
    second_id: Integers,
    second: Integers,
    k: int = 10,
) -> tuple[Integers, Integers]:
    """The first k of the lists of the songs that both catalogues have, without the songs that only one has.

    A song that is new did not make the space less stable. Lists longer than k therefore tell more.

    Args:
        first_id: Names of the songs of the one catalogue, no name twice, [n].
        first: Their lists as rows of it, [n, k or more], -1 where there are none.
        second_id: Names of the songs of the other, [m].
        second: Their lists.
        k: How much of each list is kept.

    Returns:
        Two arrays of lists, [common songs, k], their songs as rows of the first catalogue.
    """
    _, rows, others = np.intersect1d(first_id, second_id, return_indices=True)
    own_name, common_name = np.full(len(first_id), -1), np.full(len(second_id), -1)
    own_name[rows] = common_name[others] = rows
    return kept(own_name, first[rows], k), kept(common_name, second[others], k)


def kept(names: Integers, lists: Integers, k: int) -> Integers:
    """The first k of *lists* under new *names*, [n]; songs whose new name is -1 are struck out."""
    renamed = np.where(lists < 0, -1, names[lists])
    order = np.argsort(renamed < 0, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(renamed, order, axis=1)


def mean_overlap(first: Integers, second: Integers) -> float | None:
    """Mean of `overlap` over the queries that have lists; None where none has."""
    shares = overlap(first, second)
    return float(np.nanmean(shares)) if np.isfinite(shares).any() else None
