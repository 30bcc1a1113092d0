"""The nearest songs of every song, by the direction of their latents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

SPARE = 12
"""Candidates beyond k, for clones to be struck out of."""

WIDER = 4
"""How many times more candidates a song gets whose list came out short: clone groups of 25 exist, and larger ones."""

CANDIDATES_AT_ONCE = 2**22
"""Candidates of one search, about 60 bytes each while lists are picked from them."""


class NeighbourSettings(BaseModel):
    """How many neighbours, and how surely the right ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: int = Field(20, ge=1, le=100, description="Neighbours of each song.")
    # Searching all pairs grows with the square: below this it takes seconds and is never wrong.
    exact_below: int = Field(30_000, ge=0, description="Songs below which every pair is compared.")
    recall_aim: float = Field(
        0.998, gt=0, le=1, description="Recall that the number of probed lists is raised to."
    )
    recall_sample: int = Field(
        2_000, ge=1, description="Songs whose exact neighbours are searched too."
    )
    seed: int = Field(42, ge=0, description="Seed of the clustering and of the sample.")


@dataclass(frozen=True)
class Lists:
    """The neighbours of a run of songs: rows [n, k] and their cosines; -1 where there are no more."""

    rows: Integers
    scores: Floats

    @property
    def short(self) -> npt.NDArray[np.bool_]:
        """Which songs have fewer than k, [n]."""
        fewer: npt.NDArray[np.bool_] = self.rows.min(axis=1) < 0
        return fewer


class NeighbourSearch:
    """Finds the k nearest songs of each: never itself or a clone of it, and one song of a clone group at most.

    FAISS inverted lists over inner products (Johnson et al., 2017); exact where the catalogue is small, and for the
    few songs with so many clones that the lists probed for them hold too few others.
    """

    def __init__(self, latents: Floats, groups: Integers, settings: NeighbourSettings) -> None:
        """*latents* [n, d] of unit length, *groups* [n]: equal numbers are clones."""
        self.latents = np.ascontiguousarray(latents, np.float32)
        self.groups = groups
        self.settings = settings
        self.exact: Any = faiss.IndexFlatIP(latents.shape[1])
        self.exact.add(self.latents)
        self.index: Any = self.exact
        self.sample = sample_rows(len(latents), settings.recall_sample, settings.seed)
        self.truth = self._lists(self.exact, self.sample)
        if len(latents) >= settings.exact_below:
            self.index = build_inverted_lists(self.latents, settings.seed)
            self._probe_enough()

    def batches(
        self, size: int, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[Lists]:
        """The lists of all songs in order, *size* songs at a time."""
        total = len(self.latents)
        for start in range(0, total, size):
            rows = np.arange(start, min(start + size, total))
            yield self._lists(self.index, rows)
            if progress:
                progress(int(rows[-1]) + 1, total)

    def recall(self) -> float:
        """Share of the exact neighbours of the sampled songs that the index finds; ties count as found.

        1 where there are none to find.
        """
        there = int((self.truth.rows >= 0).sum())
        if there == 0:
            return 1.0
        found = self._lists(self.index, self.sample)
        reached = found.scores >= worst_score(self.truth) - 1e-6
        return float((reached & (found.rows >= 0)).sum() / there)

    def facts(self) -> dict[str, int | float | str]:
        """How the search was done and how well it did."""
        inverted = self.index is not self.exact
        return {
            "method": "inverted lists" if inverted else "exact",
            "lists": self.index.nlist if inverted else 1,
            "probed": self.index.nprobe if inverted else 1,
            "k": self.settings.k,
            "sample": len(self.sample),
            "recall": self.recall(),
        }

    def _probe_enough(self) -> None:
        """Probe more lists until the recall on the sample is as high as asked."""
        while self.recall() < self.settings.recall_aim and self.index.nprobe < self.index.nlist:
            self.index.nprobe = min(self.index.nprobe * 3 // 2 + 1, self.index.nlist)

    def _lists(self, index: Any, rows: Integers) -> Lists:
        """Lists of k; songs that have too few candidates get more from *index*, or from all songs at last."""
        width = min(self.settings.k + SPARE, len(self.latents))
        lists = self._search(index, rows, width)
        width = self._widen(index, rows, lists, width)
        if index is not self.exact:
            self._widen(self.exact, rows, lists, width)
        return lists

    def _widen(self, index: Any, rows: Integers, lists: Lists, width: int) -> int:
        """Search short lists again, wider and wider up to what *index* looks at; returns the last width."""
        inverted = index is not self.exact
        reach = len(self.latents) * index.nprobe // index.nlist if inverted else len(self.latents)
        short = lists.short
        while short.any() and width < reach:
            width = min(width * WIDER, reach)
            found = self._search(index, rows[short], width)
            lists.rows[short], lists.scores[short] = found.rows, found.scores
            short = lists.short
        return width

    def _search(self, index: Any, rows: Integers, width: int) -> Lists:
        """Lists picked from the *width* nearest of each song, in pieces that memory can hold."""
        pieces = -(-len(rows) * width // CANDIDATES_AT_ONCE) or 1
        lists = [
            self._pick(piece, *index.search(self.latents[piece], width)[::-1])
            for piece in np.array_split(rows, pieces)
        ]
        return Lists(
            np.concatenate([part.rows for part in lists]),
            np.concatenate([part.scores for part in lists]),
        )

    def _pick(self, rows: Integers, found: Integers, scores: Floats) -> Lists:
        """The first k candidates that may stand in each list."""
        groups = self.groups[found]  # [b, width]
        allowed = (found >= 0) & (groups != self.groups[rows][:, None]) & first_of_each(groups)
        order = np.argsort(~allowed, axis=1, kind="stable")[:, : self.settings.k]
        allowed = np.take_along_axis(allowed, order, axis=1)
        width = self.settings.k - allowed.shape[1]
        return Lists(
            np.pad(
                np.where(allowed, np.take_along_axis(found, order, axis=1), -1),
                ((0, 0), (0, width)),
                constant_values=-1,
            ),
            np.pad(
                np.where(allowed, np.take_along_axis(scores, order, axis=1), -np.inf),
                ((0, 0), (0, width)),
                constant_values=-np.inf,
            ),
        )


def build_inverted_lists(latents: Floats, seed: int) -> Any:
    """FAISS inverted lists, about two lists per root of the songs; starts with a 128th of them probed."""
    # FAISS wants 39 songs a list.
    lists = max(round(min(2 * np.sqrt(len(latents)), len(latents) / 39)), 1)
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(latents.shape[1]), latents.shape[1], lists, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.seed = seed
    index.cp.spherical = True
    index.train(latents[sample_rows(len(latents), 64 * lists, seed)])
    index.add(latents)
    index.nprobe = max(lists // 128, 1)
    return index


def sample_rows(rows: int, wanted: int, seed: int) -> Integers:
    """At most *wanted* row numbers, drawn evenly, ascending."""
    drawn = np.random.default_rng(seed).choice(rows, min(wanted, rows), replace=False)
    return np.sort(drawn).astype(np.int64)


def first_of_each(groups: Integers) -> npt.NDArray[np.bool_]:
    """Where a row of *groups* [b, width] holds a number for the first time."""
    order = np.argsort(groups, axis=1, kind="stable")
    ordered = np.take_along_axis(groups, order, axis=1)
    first = np.ones_like(groups, bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    unordered = np.empty_like(first)
    np.put_along_axis(unordered, order, first, axis=1)
    return unordered


def worst_score(lists: Lists) -> Floats:
    """The lowest score of each list, [n, 1]."""
    scores: Floats = np.where(lists.rows >= 0, lists.scores, np.inf).min(axis=1, keepdims=True)
    return scores
