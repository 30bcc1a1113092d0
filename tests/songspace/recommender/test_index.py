"""The index finds what comparing with every vector finds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from songspace.inputs import Floats
from songspace.recommender.index import DirectionIndex, Found, Mask

ROWS = 3000


def scattered(seed: int, rows: int = ROWS) -> Floats:
    """Directions all over the space."""
    return unit(np.random.default_rng(seed).standard_normal((rows, 20)))


def clustered(seed: int, spread: float = 0.05, rows: int = ROWS) -> Floats:
    """Directions close round twelve."""
    drawn = np.random.default_rng(seed)
    middles = unit(drawn.standard_normal((12, 20)))
    return unit(middles[drawn.integers(0, 12, rows)] + spread * drawn.standard_normal((rows, 20)))


def unit(vectors: npt.NDArray[np.floating]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def compare_all(vectors: Floats, query: Floats, k: int, mask: Mask | None = None) -> Found:
    """The k nearest by comparing with every vector, in double precision."""
    rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    cosines = vectors[rows].astype(np.float64) @ query
    best = np.lexsort((rows, -cosines))[:k]
    return rows[best], cosines[best].astype(np.float32)


def kept(share: float, rows: int = ROWS) -> Mask:
    """A mask that leaves about that share."""
    return np.random.default_rng(5).random(rows) < share


@pytest.mark.parametrize("k", [1, 10, 50])
@pytest.mark.parametrize("vectors", [scattered(0), clustered(0)], ids=["scattered", "clustered"])
@pytest.mark.parametrize("share", [None, 0.8, 0.3, 0.01], ids=["all", "most", "some", "few"])
def test_the_same_rows_with_the_same_cosines_as_comparing_with_all(
    vectors: Floats, k: int, share: float | None
) -> None:
    index = DirectionIndex(vectors)
    mask = None if share is None else kept(share)
    allowed = None if mask is None else index.allow(mask)

    for query in (*vectors[:20], *scattered(1)[:20]):
        rows, cosines = index.search(query, k, allowed)

        all_rows, all_cosines = compare_all(vectors, query, k, mask)
        assert rows.tolist() == all_rows.tolist()
        assert cosines == pytest.approx(all_cosines, abs=1e-6)


@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 1500),
    spread=st.floats(1e-5, 2),
    k=st.integers(1, 400),
    share=st.floats(0, 1),
    away=st.booleans(),
)
@example(seed=1, rows=1500, spread=1e-5, k=40, share=1.0, away=False)
@example(seed=1, rows=3000, spread=1.0, k=2000, share=0.9, away=False)
@example(seed=1, rows=1500, spread=1e-3, k=5, share=1.0, away=True)
def test_no_vector_that_is_nearer_is_passed_over(
    seed: int, rows: int, spread: float, k: int, share: float, away: bool
) -> None:
    vectors = clustered(seed, spread, rows)
    query = -vectors[0] if away else scattered(seed, 1)[0]
    mask = kept(share, rows)
    index = DirectionIndex(vectors)

    found, cosines = index.search(query, k, index.allow(mask))

    _, nearest = compare_all(vectors, query, k, mask)
    assert mask[found].all()
    assert len(set(found.tolist())) == len(found)
    assert vectors[found].astype(np.float64) @ query == pytest.approx(cosines, abs=1e-6)
    assert cosines == pytest.approx(nearest, abs=1e-6)


def test_a_query_far_from_all_vectors_finds_the_least_far() -> None:
    narrow = unit(np.eye(20)[0] + 0.1 * scattered(2))
    index = DirectionIndex(narrow)

    for query in (-narrow[0], unit(-np.ones(20)), unit(np.eye(20)[7])):
        rows, _ = index.search(query, 10)

        assert rows.tolist() == compare_all(narrow, query, 10)[0].tolist()


def test_equal_vectors_come_in_the_order_of_their_rows() -> None:
    corners = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [-1, 1, 1, -1]], np.float32) / 2
    index = DirectionIndex(np.tile(corners, (300, 1)).astype(np.float32))

    rows, cosines = index.search(corners[1], 5)

    assert rows.tolist() == [1, 4, 7, 10, 13]
    assert cosines.tolist() == [1.0] * 5


def test_vectors_of_nought_are_found_between_near_and_far_ones() -> None:
    vectors = scattered(3, 2000)
    vectors[::40] = 0
    index = DirectionIndex(vectors)
    query = scattered(4, 1)[0]
    nearer = int((vectors @ query > 0).sum())

    rows, cosines = index.search(query, nearer + 20)

    assert rows.tolist() == compare_all(vectors, query, nearer + 20)[0].tolist()
    assert (cosines[-20:] == 0).all()


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_more_than_there_are_gives_all_there_are(rows: int) -> None:
    vectors = scattered(0, rows)
    index = DirectionIndex(vectors)

    for k in (rows, rows + 1, 1000):
        assert index.search(vectors[0], k)[0].tolist() == (
            compare_all(vectors, vectors[0], rows)[0].tolist()
        )


@pytest.mark.parametrize("left", [0, 1, 4, 299, 300])
def test_more_than_a_mask_leaves_gives_all_that_it_leaves(left: int) -> None:
    vectors = scattered(0, 300)
    index = DirectionIndex(vectors)
    mask = np.arange(300) >= 300 - left

    rows, _ = index.search(vectors[0], 301, index.allow(mask))

    assert rows.tolist() == compare_all(vectors, vectors[0], 301, mask)[0].tolist()
    assert len(rows) == left


def test_vectors_are_given_back_by_their_rows() -> None:
    vectors = clustered(0)
    index = DirectionIndex(vectors)
    rows = np.array([2999, 0, 17, 17])

    assert np.array_equal(index.vector(rows), vectors[rows])
    assert np.array_equal(index.vector(42), vectors[42])
    assert len(index) == ROWS
