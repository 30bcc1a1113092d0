"""Songs by the set of their tags: thousands of sets stand for half a million songs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluation.search import Rank
from models.picking import Floats, Integers

Tags = npt.NDArray[np.integer[Any]]

PAIRS_AT_ONCE = 2**22
"""Pairs of sets that are compared at once, about 40 bytes each."""


@dataclass(frozen=True)
class TagSets:
    """The distinct sets of tags and the one of every song."""

    tags: Tags  # [sets, width], ascending, padded with 0
    of_song: Integers  # [n]

    def __len__(self) -> int:
        return len(self.tags)

    @cached_property
    def songs(self) -> Integers:
        """All songs, set after set, those of a set in the order of the catalogue."""
        return np.argsort(self.of_song, kind="stable")

    @cached_property
    def sizes(self) -> Integers:
        """Songs of each set, [sets]."""
        return np.bincount(self.of_song, minlength=len(self))

    def likeness(self, tags: Tags) -> Floats:
        """Jaccard of each of *tags* [b, width] and each set, [b, sets]."""
        return jaccard(tags[:, None], self.tags[None])

    def ordered_songs(self, scores: Floats, width: int) -> tuple[Integers, Floats]:
        """The first *width* songs by the score of their set, [b, width]; equal ones in the order of the catalogue.

        *scores* are [b, sets].
        """
        order = np.argsort(-scores, axis=1, kind="stable")
        ends = np.cumsum(self.sizes[order], axis=1)  # [b, sets]
        # One search for all rows: each row's counts are lifted above those of the row before.
        lift = np.arange(len(scores))[:, None] * (len(self.of_song) + 1)
        wanted = (np.arange(width) + lift).ravel()
        place = np.searchsorted((ends + lift).ravel(), wanted, side="right")
        place = place.reshape(-1, width) - np.arange(len(scores))[:, None] * len(self)
        chosen = np.take_along_axis(order, place, axis=1)  # [b, width]
        from_end = np.take_along_axis(ends, place, axis=1) - np.arange(width)
        rows = self.songs[np.cumsum(self.sizes)[chosen] - from_end]
        return rows, np.take_along_axis(scores, chosen, axis=1)


def tag_sets(tags: Tags) -> TagSets:
    """The sets in *tags*, [n, width] ids padded with 0, whatever the order of the ids and however often they stand."""
    ordered = np.sort(tags, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    ordered = np.sort(ordered, axis=1)[:, ::-1]
    sets, of_song = np.unique(ordered, axis=0, return_inverse=True)
    return TagSets(sets, of_song.reshape(-1).astype(np.int64))


def jaccard(first: Tags, second: Tags) -> Floats:
    """Shared tags over all tags of both; 0 where both have none.

    Both are sets of ids padded with 0, [..., width]; all but the last axis are broadcast.
    """
    shared: Any = np.int8(0)
    for tag in range(first.shape[-1]):
        for other in range(second.shape[-1]):
            same = first[..., tag] == second[..., other]
            shared = shared + (same & (first[..., tag] > 0)).astype(np.int8)
    either = (first > 0).sum(-1, dtype=np.int8) + (second > 0).sum(-1, dtype=np.int8) - shared
    share: Floats = np.divide(shared, np.maximum(either, 1), dtype=np.float32)
    return share


def rank_by_sets(sets: TagSets, scores: Callable[[Integers], Floats]) -> Rank:
    """Candidates by what *scores* gives their set; it is asked for some queries' scores, [b, sets], at a time."""

    def rank(which: Integers, width: int) -> tuple[Integers, Floats]:
        pieces = np.array_split(which, -(-len(which) * len(sets) // PAIRS_AT_ONCE) or 1)
        ranked = [sets.ordered_songs(scores(piece), width) for piece in pieces]
        return (
            np.concatenate([rows for rows, _ in ranked]),
            np.concatenate([falling for _, falling in ranked]),
        )

    return rank
