import numpy as np
import pytest

from models.evaluation.balance import distance_to_chance, share_equal, share_with_a_tag

LISTS = np.array([[1, 2], [2, -1]])
ROWS = np.array([0, 3])


def test_a_share_counts_the_songs_that_are_listed() -> None:
    assert share_equal(np.array([5, 5, 6, 6]), ROWS, LISTS) == pytest.approx(2 / 3)


def test_a_query_that_does_not_know_the_field_does_not_count() -> None:
    assert share_equal(np.array([0, 5, 0, 6]), ROWS, LISTS) == 0
    assert share_equal(np.array([0, 0, 0, 0]), ROWS, LISTS) is None


def test_one_tag_in_common_is_enough_and_in_any_place() -> None:
    tags = np.array([[1, 2], [3, 1], [4, 0], [5, 0]])

    assert share_with_a_tag(tags, ROWS, LISTS) == pytest.approx(1 / 3)


def test_distance_is_told_as_a_share_of_chance() -> None:
    audio = np.array([[0, 0], [3, 4], [0, 1], [0, 4]], np.float32)
    random = np.array([[1, 1], [0, 0]])  # 5, 5, 4 and 4 away

    assert distance_to_chance(audio, ROWS, LISTS, random) == pytest.approx((5 + 1 + 3) / 3 / 4.5)


def test_songs_that_all_sound_alike_have_no_distance_to_share() -> None:
    alike = np.zeros((4, 2), np.float32)

    assert distance_to_chance(alike, ROWS, LISTS, LISTS) is None
    assert distance_to_chance(alike, ROWS, np.full((2, 2), -1), LISTS) is None
