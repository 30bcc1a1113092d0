"""Lists picked from candidates, and searched wider where what may not stand in them leaves them short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.signedinteger]
Bools = npt.NDArray[np.bool_]

SPARE = 12
"""Candidates beyond k, for clones to be struck out of."""

WIDER = 4
"""How many times more candidates a list gets that came out short."""

CANDIDATES_AT_ONCE = 2**22
"""Candidates of one search, about 60 bytes each while lists are picked from them."""


@dataclass(frozen=True)
class Lists:
    """The neighbours of a run of songs: rows [n, k] and their scores; -1 where there are no more."""

    rows: Integers
    scores: Floats

    @property
    def short(self) -> Integers:
        """Which of them have fewer than k."""
        return np.flatnonzero(self.rows.min(axis=1, initial=0) < 0)


Search: TypeAlias = Callable[[Integers, int], Lists]
"""From the numbers of some lists and a width: these lists, picked from the *width* first candidates of each."""


def pick(found: Integers, scores: Floats, barred: Bools, groups: Integers, k: int) -> Lists:
    """The first k candidates of each row that are not barred, and of each group only the first.

    Args:
        found: Candidates, best first, [b, width].
        scores: Their scores, [b, width].
        barred: Which of them may not stand in the list, [b, width].
        groups: The group of each candidate, none below 0, [b, width].
        k: Length of the lists.
    """
    allowed = ~barred & first_of_each(np.where(barred, -1, groups))
    order = np.argsort(~allowed, axis=1, kind="stable")[:, :k]
    allowed = np.take_along_axis(allowed, order, axis=1)
    rows = np.where(allowed, np.take_along_axis(found, order, axis=1), -1)
    kept = np.where(allowed, np.take_along_axis(scores, order, axis=1), -np.inf)
    missing = ((0, 0), (0, k - order.shape[1]))
    return Lists(
        np.pad(rows, missing, constant_values=-1),
        np.pad(kept, missing, constant_values=-np.inf),
    )


def first_of_each(groups: Integers) -> Bools:
    """Where a row of *groups* [b, width] holds a number for the first time."""
    order = np.argsort(groups, axis=1, kind="stable")
    ordered = np.take_along_axis(groups, order, axis=1)
    first = np.ones_like(groups, bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    unordered = np.empty_like(first)
    np.put_along_axis(unordered, order, first, axis=1)
    return unordered


def group_numbers(groups: npt.NDArray[np.int64]) -> Integers:
    """Groups by any numbers as groups from 0 upwards."""
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def search_in_pieces(search: Search, which: Integers, width: int) -> Lists:
    """What *search* gives, in pieces that memory can hold."""
    pieces = -(-len(which) * width // CANDIDATES_AT_ONCE) or 1
    lists = [search(piece, width) for piece in np.array_split(which, pieces)]
    return Lists(
        np.concatenate([part.rows for part in lists]),
        np.concatenate([part.scores for part in lists]),
    )


def widen(search: Search, lists: Lists, width: int, reach: int) -> int:
    """Search again for the short ones of *lists*, wider and wider up to *reach*; returns the last width."""
    short = lists.short
    while len(short) and width < reach:
        width = min(width * WIDER, reach)
        found = search_in_pieces(search, short, width)
        lists.rows[short], lists.scores[short] = found.rows, found.scores
        short = lists.short
    return width
