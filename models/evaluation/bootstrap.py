"""How sure a mean over queries is, where the queries of one artist are no independent witnesses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.picking import Floats, Integers

Doubles = npt.NDArray[np.float64]

INTERVAL = (2.5, 97.5)
"""Percentiles between which 95 % of the resamples lie."""

DRAWN_AT_ONCE = 2**22
"""Artists drawn at once, 8 bytes each."""


class Interval(NamedTuple):
    """A value, and between what it lies in 95 % of the resamples; NaN where nothing could be measured."""

    value: float
    low: float
    high: float


NOTHING = Interval(float("nan"), float("nan"), float("nan"))


def mean_interval(values: Floats, artists: Integers, resamples: int, seed: int) -> Interval:
    """The mean of *values*, one a query, NaN left out; artists are drawn anew, all their queries with them."""
    known = np.isfinite(values)
    if not known.any():
        return NOTHING
    drawn = resampled_sums(np.stack([values[known], known[known]]), artists[known], resamples, seed)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], INTERVAL)
    return Interval(float(values[known].mean(dtype=np.float64)), float(low), float(high))


def ratio_interval(
    candidate: Floats, live: Floats, artists: Integers, resamples: int, seed: int
) -> Interval:
    """Mean of *candidate* over mean of *live*, on the queries that both could answer and the same resamples."""
    known = np.isfinite(candidate) & np.isfinite(live)
    if not known.any() or live[known].sum() <= 0:
        return NOTHING
    drawn = resampled_sums(
        np.stack([candidate[known], live[known]]), artists[known], resamples, seed
    )
    low, high = np.percentile(drawn[:, 0] / np.maximum(drawn[:, 1], np.finfo(float).tiny), INTERVAL)
    value = candidate[known].sum(dtype=np.float64) / live[known].sum(dtype=np.float64)
    return Interval(float(value), float(low), float(high))


def resampled_sums(values: Floats, artists: Integers, resamples: int, seed: int) -> Doubles:
    """Sums of each row of *values* [rows, q] over as many artists as there are, drawn anew; [resamples, rows]."""
    numbers = np.unique(artists, return_inverse=True)[1]
    per_artist = np.stack([np.bincount(numbers, weights=row) for row in values], axis=1)
    random, count = np.random.default_rng(seed), len(per_artist)
    sums = []
    for start in range(0, resamples, max(DRAWN_AT_ONCE // count, 1)):
        size = min(max(DRAWN_AT_ONCE // count, 1), resamples - start)
        sums.append(per_artist[random.integers(count, size=(size, count))].sum(1))
    return np.concatenate(sums)
