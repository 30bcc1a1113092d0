import numpy as np
import pytest

import models.evaluation.lists
from models.evaluation.stability import mean_of_known, overlap, overlap_of_common


def test_overlap_knows_no_order() -> None:
    first = np.array([[1, 2, 3, 4], [1, 2, 3, 4]])
    second = np.array([[4, 3, 2, 1], [1, 2, 8, 9]])

    assert overlap(first, second).tolist() == [1, 0.5]


def test_overlap_is_a_share_of_the_longer_list_and_nobody_is_nobodys_neighbour() -> None:
    first = np.array([[1, 2, 3, -1], [-1, -1, -1, -1], [-1, -1, -1, -1]])
    second = np.array([[1, -1, -1, -1], [5, -1, -1, -1], [-1, -1, -1, -1]])

    shares = overlap(first, second)

    assert shares[:2].tolist() == pytest.approx([1 / 3, 0])
    assert np.isnan(shares[2])
    assert mean_of_known(shares) == pytest.approx(1 / 6)
    assert mean_of_known(shares[2:]) is None


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_songs_that_one_catalogue_lacks_are_no_change(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Song 30 is new: where it was listed, the next one takes its place."""
    monkeypatch.setattr(models.evaluation.lists, "LISTS_AT_ONCE", at_once)
    yesterday, today = np.array([10, 20, 40]), np.array([20, 30, 40, 10])
    before = np.array([[1, 2], [0, 2], [1, 0]])
    after = np.array([[1, 2, 3], [0, 2, 3], [1, 3, 0], [0, 1, 2]])

    # As rows of yesterday, today's first two are [1, 2] of song 10, [2, 0] of 20 and [0, 1] of 40.
    assert overlap_of_common(yesterday, before, today, after, k=2).tolist() == [1, 1, 1]
    after[2, 2] = 1  # song 30 takes the place of 20 in the list of 40
    assert overlap_of_common(yesterday, before, today, after, k=2).tolist() == [1, 1, 0.5]


def test_lists_of_other_songs_have_nothing_in_common() -> None:
    shares = overlap_of_common(
        np.array([1, 2]), np.array([[1], [0]]), np.array([3]), np.array([[-1]]), k=1
    )

    assert len(shares) == 0
    assert mean_of_known(shares) is None
