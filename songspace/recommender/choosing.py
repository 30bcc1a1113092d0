"""Which of the nearest songs make a list: no song twice, few of one artist, and as different as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from songspace.inputs import Floats
from songspace.recommender.catalogue import Catalogue
from songspace.recommender.index import Found, Rows

MOST: Final = 100
POOL: Final = 5
"""A diverse list is chosen from so many times its length."""

NONE: Final[Rows] = np.empty(0, np.intp)

SPARE: Final = 16
WIDER: Final = 4

Search = Callable[[int], Found]
"""The k nearest songs, best first; fewer if there are no more."""


@dataclass(frozen=True)
class Choice:
    """How a list is to be made up.

    Raises:
        ValueError: If a number is out of its range.
    """

    n: int = 10  # songs, 1 to MOST
    per_artist: int | None = 2  # songs of one artist at most; None for any number
    diversity: float = 0.0  # 0 by nearness alone, towards 1 ever less like the songs above

    def __post_init__(self) -> None:
        if not 1 <= self.n <= MOST:
            raise ValueError(f"Expected n from 1 to {MOST}. Received: {self.n}.")
        if self.per_artist is not None and self.per_artist < 1:
            raise ValueError(f"Expected per_artist of 1 or more. Received: {self.per_artist}.")
        if not 0 <= self.diversity < 1:
            raise ValueError(f"Expected diversity from 0 to below 1. Received: {self.diversity}.")


def choose(
    search: Search,
    catalogue: Catalogue,
    vectors: Callable[[Rows], Floats],
    choice: Choice,
    asked: Rows = NONE,
    above: Rows = NONE,
) -> Found:
    """The list: rows and cosines.

    Args:
        search: Finds candidates.
        catalogue: Tells which of them are the same.
        vectors: The latents of rows.
        choice: How long and how mixed.
        asked: Rows that were asked with: they, their clones and their namesakes are no answer.
        above: Rows of the list that are chosen already: likewise, and their artists have had their turns.
    """
    wanted = choice.n * (POOL if choice.diversity else 1)
    rows, cosines = distinct(search, Picker(catalogue, choice.per_artist, asked, above), wanted)
    if not choice.diversity or len(rows) <= 1:
        return rows[: choice.n], cosines[: choice.n]
    order = diverse_order(vectors(rows), cosines, choice.n, choice.diversity)
    return rows[order], cosines[order]


def distinct(search: Search, picker: Picker, wanted: int) -> Found:
    """The nearest songs of which none is another once more; searched wider until there are enough."""
    width = wanted * 3 + SPARE
    while True:
        rows, cosines = search(width)
        kept = picker.pick(rows, wanted)
        if len(kept) == wanted or len(rows) < width:
            return rows[kept], cosines[kept]
        width *= WIDER


class Picker:
    """Picks from candidates those that may stand in one list."""

    def __init__(
        self, catalogue: Catalogue, per_artist: int | None, asked: Rows, above: Rows
    ) -> None:
        barred = np.concatenate([asked, above])
        self._catalogue = catalogue
        self._per_artist = per_artist
        self._clones = frozenset(catalogue.clones[barred].tolist())
        self._titles = frozenset(catalogue.title[barred].tolist())
        self._songs_by = Counter(catalogue.artist[above].tolist())

    def pick(self, rows: Rows, wanted: int) -> list[int]:
        """Places in *rows* of the first *wanted* of them."""
        clones, titles, songs_by = set(self._clones), set(self._titles), Counter(self._songs_by)
        candidates = zip(
            self._catalogue.clones[rows].tolist(),
            self._catalogue.title[rows].tolist(),
            self._catalogue.artist[rows].tolist(),
            strict=True,
        )
        kept: list[int] = []
        for place, (clone, title, artist) in enumerate(candidates):
            full = self._per_artist is not None and songs_by[artist] >= self._per_artist
            if full or clone in clones or title in titles:
                continue
            clones.add(clone)
            titles.add(title)
            songs_by[artist] += 1
            kept.append(place)
            if len(kept) == wanted:
                break
        return kept


def diverse_order(vectors: Floats, cosines: Floats, n: int, diversity: float) -> Rows:
    """Places of *n* candidates, each near the query and unlike those before it.

    Maximal marginal relevance (Carbonell and Goldstein, 1998), with lambda = 1 - *diversity*.
    """
    likeness = vectors @ vectors.T
    closest = np.full(len(vectors), -1.0)  # cosine to the most alike of the chosen
    left = np.ones(len(vectors), bool)
    chosen: list[int] = []
    for _ in range(min(n, len(vectors))):
        gain = (1 - diversity) * cosines - (diversity * closest if chosen else 0.0)
        best = int(np.argmax(np.where(left, gain, -np.inf)))
        chosen.append(best)
        left[best] = False
        closest = np.maximum(closest, likeness[best])
    return np.array(chosen, np.intp)
