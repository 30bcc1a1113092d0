"""Vocabularies: the ids of names."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

UNKNOWN = 0


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in the order of their ids; the first token is id 1, since 0 means unknown."""

    tokens: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of ids, the unknown one included."""
        return len(self.tokens) + 1

    def ids(self, tokens: pl.Expr, dtype: type[pl.DataType]) -> pl.Expr:
        """The id of each token as *dtype*; 0 for a token that is null or not in here."""
        if not self.tokens:
            return tokens.is_null().cast(dtype) * UNKNOWN  # a bare literal would be one row long
        return tokens.replace_strict(
            pl.Series(self.tokens),
            pl.Series(range(1, self.size), dtype=dtype),
            default=UNKNOWN,
            return_dtype=dtype,
        ).fill_null(UNKNOWN)
