"""The columns in which another program named three similar songs."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from tasks.ingest.synthetic.artists import Artists
from tasks.ingest.synthetic.repeats import CLONE, Plan

PERFECT_SHARE: Final = 0.157  # of the rows have a first score of exactly 1
ROUNDED_UP_SHARE: Final = 0.03  # print 1.0000000000000002, as float sums do
_REACH: Final = 60  # how far from its own sound a song's similar artists are picked


def similar_columns(
    artists: Artists, owner: np.ndarray, titles: pl.Series, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Three similar songs with falling scores for each row; clones name each other, at 1."""
    size = len(owner)
    twin = _twins(plan)
    perfect = _perfect(twin >= 0, plan, rng)
    gaps = rng.exponential((0.012, 0.004, 0.003), size=(size, 3))
    gaps[:, 0] += 0.003
    scores = 1 - np.cumsum(gaps, axis=1)
    scores[rng.random(size) < ROUNDED_UP_SHARE, 0] = np.nextafter(1, 2)
    scores[perfect, 0] = 1.0
    columns: dict[str, pl.Series] = {}
    for rank in range(3):
        step = rng.integers(1, _REACH + 1, size=size) * rng.choice((-1, 1), size=size)
        other = artists.alike[(artists.place[owner] + step) % len(artists)]
        names, songs = artists.names.gather(other), artists.first_titles.gather(other)
        if rank == 0:
            paired = pl.Series(twin >= 0)
            names = artists.names.gather(owner).zip_with(paired, names)
            songs = titles.gather(np.maximum(twin, 0)).zip_with(paired, songs)
        columns[f"Similar Artist {rank + 1}"] = names
        columns[f"Similar Song {rank + 1}"] = songs
        columns[f"Similarity Score {rank + 1}"] = pl.Series(scores[:, rank])
    return pl.DataFrame(columns)


def _twins(plan: Plan) -> np.ndarray:
    """For each song that was cloned one of its clones, else -1."""
    twin = np.full(len(plan.kind), -1)
    clones = np.flatnonzero(plan.kind == CLONE)
    twin[plan.source[clones]] = clones
    return twin


def _perfect(cloned: np.ndarray, plan: Plan, rng: np.random.Generator) -> np.ndarray:
    """Which songs score 1: the cloned ones, and others until the share of the rows is reached."""
    weight = np.bincount(plan.source, minlength=len(cloned))
    missing = PERFECT_SHARE * len(cloned) - weight[cloned].sum()
    others = weight[~cloned].sum()
    chance = np.clip(missing / max(others, 1), 0, 1)
    return np.asarray(cloned | (rng.random(len(cloned)) < chance))
