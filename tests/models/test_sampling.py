from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sampling import stratified_sample

GENRES = pl.Series(["hip hop"] * 900 + ["pop"] * 90 + ["folk"] * 8 + [None] * 2)


def test_shares_are_kept_and_rare_genres_stay_visible() -> None:
    rows = stratified_sample(GENRES, 100, seed=1)

    counts = dict(GENRES.gather(rows).value_counts().iter_rows())
    assert counts == {"hip hop": 81, "pop": 12, "folk": 5, None: 2}


def test_the_same_seed_draws_the_same_rows_and_another_does_not() -> None:
    first = stratified_sample(GENRES, 100, seed=1).tolist()

    assert first == stratified_sample(GENRES, 100, seed=1).tolist()
    assert first != stratified_sample(GENRES, 100, seed=2).tolist()


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=60),
    st.integers(0, 80),
    st.integers(0, 3),
)
def test_a_sample_has_the_size_asked_for_and_no_row_twice(
    names: list[str | None], n: int, seed: int
) -> None:
    rows = stratified_sample(pl.Series(names, dtype=pl.String), n, seed).tolist()

    assert len(rows) == min(n, len(names))
    assert rows == sorted(set(rows))
    assert all(0 <= row < len(names) for row in rows)


def test_fewer_than_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="n=-1"):
        stratified_sample(GENRES, -1, seed=0)
