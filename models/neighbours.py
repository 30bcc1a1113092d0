"""The nearest songs of every song, by the direction of their latents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import faiss
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from models.picking import (
    SPARE,
    Floats,
    Integers,
    Lists,
    group_numbers,
    pick,
    search_in_pieces,
    widen,
)


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


class NeighbourSearch:
    """Finds the k nearest songs of each: never itself or a clone of it, and one song of a clone group at most.

    FAISS inverted lists over inner products (Johnson et al., 2017); exact where the catalogue is small, and for the
    few songs with so many clones that the lists probed for them hold too few others.
    """

    def __init__(self, latents: Floats, groups: Integers, settings: NeighbourSettings) -> None:
        """*latents* [n, d] of unit length, *groups* [n]: equal numbers are clones."""
        self.latents = np.ascontiguousarray(latents, np.float32)
        self.groups = group_numbers(groups)
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
        """Lists of k; songs that have too few candidates get more from *index*, or from all songs at last.

        Clone groups of 25 exist, and larger ones.
        """
        total = len(self.latents)
        width = min(self.settings.k + SPARE, total)

        def within(which: Integers, width: int) -> Lists:
            return self._search(index, rows[which], width)

        def everywhere(which: Integers, width: int) -> Lists:
            return self._search(self.exact, rows[which], width)

        lists = search_in_pieces(within, np.arange(len(rows)), width)
        inverted = index is not self.exact
        width = widen(
            within, lists, width, total * index.nprobe // index.nlist if inverted else total
        )
        if inverted:
            widen(everywhere, lists, width, total)
        return lists

    def _search(self, index: Any, rows: Integers, width: int) -> Lists:
        """Lists picked from the *width* nearest of each song."""
        scores, found = index.search(self.latents[rows], width)
        groups = self.groups[found]  # [b, width]
        barred = (found < 0) | (groups == self.groups[rows][:, None])
        return pick(found, scores, barred, groups, self.settings.k)


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


def worst_score(lists: Lists) -> Floats:
    """The lowest score of each list, [n, 1]."""
    scores: Floats = np.where(lists.rows >= 0, lists.scores, np.inf).min(axis=1, keepdims=True)
    return scores
