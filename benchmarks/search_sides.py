"""Neighbours three ways, from latents in memory to lists: ours of all songs, theirs of a sample by brute force."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import faiss
import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from benchmarks.measure import Facts
from benchmarks.stages import read_refs
from models.neighbours import NeighbourSearch, NeighbourSettings
from storage.store import Store
from tasks.clones import clone_groups

K: Final = NeighbourSettings().k
CANDIDATES: Final = 256
SAME: Final = 1e-6
BATCH: Final = 131_072

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


def write_latents(root: Path, out: Path, queries: int) -> Facts:
    """Latents and clone groups of the store at *root* as arrays, and which songs are asked about by brute force."""
    store, refs = Store.existing(root), read_refs(root)
    places = store.table(refs["latents"], "latents").select("song_id", "latent").collect()
    groups = clone_groups(store.table(refs["songs"], "songs"), places["song_id"])
    latents = np.ascontiguousarray(places["latent"].to_numpy(), np.float32)
    drawn = np.random.default_rng(0).permutation(len(latents))[:queries]
    np.save(out / "latents.npy", latents)
    np.save(out / "groups.npy", groups)
    np.save(out / "asked.npy", np.sort(drawn))
    return {"rows": len(latents), "asked": len(drawn)}


def our_search(folder: Path) -> Facts:
    """The lists of all songs, index and tuning included; those of the sample are kept."""
    latents, groups = np.load(folder / "latents.npy"), np.load(folder / "groups.npy")
    started = time.perf_counter()
    search = NeighbourSearch.build(latents, groups, NeighbourSettings())
    rows = np.arange(len(latents))
    lists = [search.lists(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
    seconds = time.perf_counter() - started
    asked = np.load(folder / "asked.npy")
    np.save(folder / "rows.npy", np.concatenate([part.rows for part in lists])[asked])
    np.save(folder / "scores.npy", np.concatenate([part.scores for part in lists])[asked])
    return {"seconds": seconds, "recall": search.recall()}


def sklearn_search(folder: Path) -> Facts:
    """scikit-learn's brute force, cosine, of the sample."""
    latents, asked = np.load(folder / "latents.npy"), np.load(folder / "asked.npy")
    started = time.perf_counter()
    index = NearestNeighbors(n_neighbors=K + 1, algorithm="brute", metric="cosine", n_jobs=-1)
    index.fit(latents)
    index.kneighbors(latents[asked])
    return {"seconds": time.perf_counter() - started}


def faiss_search(folder: Path) -> Facts:
    """FAISS' exact search over inner products, of the sample."""
    latents, asked = np.load(folder / "latents.npy"), np.load(folder / "asked.npy")
    started = time.perf_counter()
    index = faiss.IndexFlatIP(latents.shape[1])
    index.add(latents)
    index.search(latents[asked], K + 1)
    return {"seconds": time.perf_counter() - started}


def recall(folder: Path) -> Facts:
    """Share of the exact neighbours of the sample that our lists reach; ties count.

    Exact: all songs by inner product, the song's own clones left out and one song of any other clone group kept.
    """
    latents, groups = np.load(folder / "latents.npy"), np.load(folder / "groups.npy")
    asked, scores = np.load(folder / "asked.npy"), np.load(folder / "scores.npy")
    scores[np.load(folder / "rows.npy") < 0] = -np.inf
    index = faiss.IndexFlatIP(latents.shape[1])
    index.add(latents)
    exact, near = index.search(latents[asked], min(CANDIDATES, len(latents)))
    there = reached = 0
    for place, song in enumerate(asked):
        kept = distinct(groups[near[place]], groups[song])
        if not len(kept):
            continue
        worst = exact[place][kept[-1]] - SAME
        there += len(kept)
        reached += min(int((scores[place] >= worst).sum()), len(kept))
    return {"recall": reached / there}


def distinct(groups: Integers, own: int) -> Integers:
    """The first K places of *groups* that are another's, and not a group's second."""
    _, first = np.unique(groups, return_index=True)
    first.sort()
    kept: Integers = first[groups[first] != own][:K]
    return kept
