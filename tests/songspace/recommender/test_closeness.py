"""What a cosine means: the share of the pairs of songs that are less alike."""

from __future__ import annotations

import numpy as np
import pytest

from songspace.inputs import Floats
from songspace.recommender.closeness import Closeness


def crowd(seed: int, rows: int) -> Floats:
    """Directions that lean to one side."""
    drawn = np.random.default_rng(seed).standard_normal((rows, 20)) + 0.3
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("percentile", [1, 10, 50, 90, 99, 99.9])
def test_of_fresh_pairs_so_many_in_a_hundred_are_at_that_percentile_or_below(
    percentile: float,
) -> None:
    vectors = crowd(0, 4000)
    one, other = np.random.default_rng(1).integers(0, 4000, (2, 200_000))
    cosines = np.einsum("ij,ij->i", vectors[one[one != other]], vectors[other[one != other]])

    found = Closeness(vectors).percentile(cosines)

    share = 100 * float((found <= percentile).mean())
    assert share == pytest.approx(percentile, abs=0.02 + 0.05 * min(percentile, 100 - percentile))


def test_a_greater_cosine_stands_no_lower() -> None:
    closeness = Closeness(crowd(0, 500))

    found = closeness.percentile(np.linspace(-1, 1, 100_001, dtype=np.float32))

    assert (np.diff(found) >= 0).all()
    assert found[0] == 0
    assert found[-1] == 100


def test_the_share_of_a_handful_is_counted() -> None:
    """Half of the two songs is one: its cosine with the other is nought, the only one there is."""
    closeness = Closeness(np.eye(2, 20, dtype=np.float32))

    found = closeness.percentile(np.array([-0.5, 0.0, 0.5], np.float32))

    assert found.tolist() == [0.0, 50.0, 100.0]


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_few_songs_have_percentiles_too(rows: int) -> None:
    vectors = crowd(0, rows)

    found = Closeness(vectors).percentile(np.array([-1, 0, 1], np.float32))

    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= 100).all()


def test_a_cosine_that_rounding_left_beyond_one_is_one() -> None:
    closeness = Closeness(crowd(0, 500))

    beyond = np.array([-1 - 1e-6, 1 + 1e-6], np.float32)

    assert closeness.percentile(beyond).tolist() == [0.0, 100.0]
