import numpy as np
import pytest

from models.evaluation.stability import mean_overlap, on_common_songs, overlap


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
    assert mean_overlap(first, second) == pytest.approx(1 / 6)
    assert mean_overlap(first[2:], second[2:]) is None


def test_songs_that_one_catalogue_lacks_are_no_change() -> None:
    """Song 30 is new: where it was listed, the next one takes its place."""
    yesterday, today = np.array([10, 20, 40]), np.array([20, 30, 40, 10])
    before = np.array([[1, 2], [0, 2], [1, 0]])
    after = np.array([[1, 2, 3], [0, 2, 3], [1, 3, 0], [0, 1, 2]])

    first, second = on_common_songs(yesterday, before, today, after, k=2)

    assert first.tolist() == [[1, 2], [0, 2], [1, 0]]
    assert second.tolist() == [[1, 2], [2, 0], [0, 1]]
    assert overlap(first, second).tolist() == [1, 1, 1]


def test_lists_of_other_songs_have_nothing_in_common() -> None:
    first, second = on_common_songs(
        np.array([1, 2]), np.array([[1], [0]]), np.array([3]), np.array([[-1]]), k=1
    )

    assert mean_overlap(first, second) is None
