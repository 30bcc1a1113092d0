"""How much of a hidden field the model gets back, field by field: a summed loss does not rank models."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.evaluation.tag_sets import Tags
from models.picking import Floats

Doubles = npt.NDArray[np.float64]


def explained_variance(predicted: Floats, true: Floats, catalogue: Floats) -> Doubles:
    """R2 of each number, [columns]: 1 less the mean squared error over the variance in the catalogue.

    0 is what the catalogue's mean would reach if the songs were drawn from it. NaN where no song knows the
    number, or all songs of the catalogue share it.

    Args:
        predicted: What the model says, [q, columns].
        true: What is so, [q, columns], NaN where unknown.
        catalogue: The numbers of all songs, [n, columns], NaN where unknown.
    """
    squares = (predicted - true).astype(np.float64) ** 2
    error, variance = mean_of_known(squares), variance_of_known(catalogue)
    told = (variance > 0) & np.isfinite(error)
    lost: Doubles = np.divide(error, variance, out=np.full(len(error), np.nan), where=told)
    return 1 - lost


def variance_of_known(numbers: Floats) -> Doubles:
    """Population variance of each column's known numbers, one after the other: their squares are doubles."""
    columns = np.hsplit(numbers, numbers.shape[1])
    return np.concatenate([mean_of_known((one - mean_of_known(one)) ** 2) for one in columns])


def mean_of_known(numbers: npt.NDArray[np.floating]) -> Doubles:
    """Mean of each column's known numbers, NaN where there are none."""
    known = np.isfinite(numbers)
    count = known.sum(0)
    total = np.where(known, numbers, 0).sum(0, dtype=np.float64)
    mean: Doubles = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return mean


def recovered_information(log_likelihood: Floats, ids: Tags, catalogue: Tags) -> float:
    """1 less the model's cross-entropy over that of the marginal, on the same songs.

    The marginal is how often each id occurs in the catalogue; saying just that recovers 0, certainty of
    the truth recovers 1. A song's tags count an equal share each. NaN where no song knows the field, or all
    know the same.

    Args:
        log_likelihood: What the model gives to each true id, in nats, [q] or [q, tags].
        ids: The true ids, of the same shape; 0 where there is none.
        catalogue: The ids of all songs, [n] or [n, tags], among them every one of *ids*.
    """
    counts = np.bincount(catalogue.ravel()).astype(np.float64)
    counts[0] = 0
    marginal = np.log(np.maximum(counts, 1) / max(counts.sum(), 1))
    error, baseline = cross_entropy(log_likelihood, ids), cross_entropy(marginal[ids], ids)
    return 1 - error / baseline if baseline > 0 else float("nan")


def cross_entropy(log_likelihood: npt.NDArray[np.floating], ids: Tags) -> float:
    """Mean over the songs that know the field, in nats; NaN where none does."""
    if ids.ndim == 1:
        ids, log_likelihood = ids[:, None], log_likelihood[:, None]
    known = ids > 0
    lost = np.where(known, -log_likelihood, 0).sum(1, dtype=np.float64)
    songs = known.any(1)
    return float((lost[songs] / known[songs].sum(1)).mean()) if songs.any() else float("nan")
