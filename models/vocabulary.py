"""Vocabularies that only ever grow."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from songspace.vocabulary import Vocabulary


def extend_vocabulary(base: Sequence[str], counts: pl.DataFrame, minimum: int) -> Vocabulary:
    """Keep every token of *base* at its id and append those of *counts* (token, count) with at least *minimum*.

    New tokens come most frequent first, equally frequent ones in the order of their letters, so that equal data give
    equal ids.
    """
    fresh = (
        counts.filter(pl.col("count") >= minimum)
        .filter(~pl.col("token").is_in(pl.Series(base, dtype=pl.String).implode()))
        .sort("count", "token", descending=[True, False])
    )
    return Vocabulary((*base, *fresh["token"].to_list()))
