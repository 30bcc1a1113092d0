"""The nearest songs of every song, by the direction of their latents."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Final

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
from songspace.jsonfile import write_json

INDEX: Final = "inverted_lists.faiss"


class NeighbourSettings(BaseModel):
    """How many neighbours, and how surely the right ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: int = Field(20, ge=1, le=100, description="Neighbours of each song.")
    # Searching all pairs grows with the square: below this it takes seconds and is never wrong.
    exact_below: int = Field(30_000, ge=0, description="Songs below which every pair is compared.")
    recall_aim: float = Field(
        0.995, gt=0, le=1, description="Recall that the number of probed lists is raised to."
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

    def __init__(
        self, latents: Floats, groups: Integers, settings: NeighbourSettings, index: Any | None
    ) -> None:
        """*latents* [n, d] of unit length, *groups* [n]: equal numbers are clones; without *index* exact."""
        self.latents = np.ascontiguousarray(latents, np.float32)
        self.groups = group_numbers(groups)
        self.settings = settings
        self.index = index

    @classmethod
    def build(
        cls, latents: Floats, groups: Integers, settings: NeighbourSettings
    ) -> NeighbourSearch:
        """Index *latents* so finely that the recall that is asked for is reached."""
        search = cls(latents, groups, settings, None)
        if len(latents) >= settings.exact_below:
            search.index = build_inverted_lists(search.latents, settings.seed)
            search._probe_enough()
        return search

    @classmethod
    def load(
        cls, folder: Path, latents: Floats, groups: Integers, settings: NeighbourSettings
    ) -> NeighbourSearch:
        """What `save` left in *folder* of a search for the same latents, groups and settings."""
        file = folder / INDEX
        return cls(
            latents, groups, settings, faiss.read_index(str(file)) if file.exists() else None
        )

    def save(self, folder: Path) -> None:
        """Write the index into *folder*, and how it is searched; of an exact search there is nothing but that."""
        if self.index is not None:
            faiss.write_index(self.index, str(folder / INDEX))
        write_json(folder / "searched.json", {"method": self.method})

    @property
    def method(self) -> str:
        """How neighbours are searched."""
        return "exact" if self.index is None else "inverted lists"

    @cached_property
    def exact(self) -> Any:
        """Compares every pair."""
        index = faiss.IndexFlatIP(self.latents.shape[1])
        index.add(self.latents)
        return index

    @cached_property
    def sample(self) -> Integers:
        """The songs whose exact neighbours are searched too."""
        return sample_rows(len(self.latents), self.settings.recall_sample, self.settings.seed)

    @cached_property
    def truth(self) -> Lists:
        """Their exact neighbours."""
        return self._lists(None, self.sample)

    def lists(self, rows: Integers) -> Lists:
        """The lists of the songs at *rows*."""
        return self._lists(self.index, rows)

    def recall(self) -> float:
        """Share of the exact neighbours of the sampled songs that the index finds; ties count as found.

        1 where there are none to find.
        """
        there = int((self.truth.rows >= 0).sum())
        if there == 0:
            return 1.0
        found = self.lists(self.sample)
        reached = found.scores >= worst_score(self.truth) - 1e-6
        return float((reached & (found.rows >= 0)).sum() / there)

    def facts(self) -> dict[str, int | float | str]:
        """How the search is done and how well it does."""
        return {
            "method": self.method,
            "lists": 1 if self.index is None else self.index.nlist,
            "probed": 1 if self.index is None else self.index.nprobe,
            "k": self.settings.k,
            "sample": len(self.sample),
            "recall": self.recall(),
        }

    def _probe_enough(self) -> None:
        """Probe more lists until the recall on the sample is as high as asked."""
        index: Any = self.index
        while self.recall() < self.settings.recall_aim and index.nprobe < index.nlist:
            index.nprobe = min(index.nprobe * 6 // 5 + 1, index.nlist)

    def _lists(self, index: Any | None, rows: Integers) -> Lists:
        """Lists of k; songs that have too few candidates get more from *index*, or from all songs at last.

        Clone groups of 25 exist, and larger ones.
        """
        total = len(self.latents)
        width = min(self.settings.k + SPARE, total)

        def within(which: Integers, width: int) -> Lists:
            return self._search(self.exact if index is None else index, rows[which], width)

        def everywhere(which: Integers, width: int) -> Lists:
            return self._search(self.exact, rows[which], width)

        lists = search_in_pieces(within, np.arange(len(rows)), width)
        reach = total if index is None else total * index.nprobe // index.nlist
        width = widen(within, lists, width, reach)
        if index is not None:
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
