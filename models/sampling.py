"""Which songs stand for all of them where not all can be shown."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


def stratified_sample(strata: pl.Series, n: int, seed: int, floor: int = 5) -> NDArray[np.int64]:
    """Rows of *strata* that mirror its shares, with rare strata kept visible.

    Every stratum first gets up to *floor* rows (fewer where *n* is too small for that), the rest of
    *n* is shared out by size. The same strata, *n* and *seed* give the same rows. Null is a stratum.

    Returns:
        Row numbers in ascending order: *n* of them, or all where there are not more.

    Raises:
        ValueError: If *n* is negative.
    """
    if n < 0:
        raise ValueError(f"Expected a sample of no or more rows. Received n={n}.")
    if n >= len(strata):
        return np.arange(len(strata), dtype=np.int64)

    names = strata.to_frame("stratum").with_row_index("row")
    groups = names.group_by("stratum", maintain_order=True).agg("row")
    sizes = groups["row"].list.len().to_numpy().astype(np.int64)
    wanted = _allot(sizes, n, floor)

    order = np.random.default_rng(seed)
    chosen = [
        order.choice(rows.to_numpy(), count, replace=False)
        for rows, count in zip(groups["row"], wanted, strict=True)
        if count
    ]
    return np.sort(np.concatenate([np.empty(0, np.int64), *chosen]).astype(np.int64))


def _allot(sizes: NDArray[np.int64], n: int, floor: int) -> NDArray[np.int64]:
    """How many of *n* rows every stratum gets: never more than it has, and *n* in all."""
    first = np.minimum(sizes, min(floor, n // max(len(sizes), 1)))
    return first + _share_out(sizes - first, n - int(first.sum()))


def _share_out(sizes: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """*n* split in proportion to *sizes*; what rounding leaves goes to the largest remainders."""
    exact = sizes * (n / max(int(sizes.sum()), 1))
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    left = n - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return whole
