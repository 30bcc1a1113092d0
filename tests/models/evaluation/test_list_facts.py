import numpy as np
import pytest

from models.evaluation.lists import count_repeats, list_facts, skewness, songs_per_artist


def test_sound_lists_of_four_songs() -> None:
    """Songs 0 and 1 are clones; song 3 stands in three lists, song 0 in none."""
    lists = np.array([[2, 3], [3, 2], [3, 1], [-1, -1]])

    facts = list_facts(lists, np.array([1, 1, 2, 2]), np.arange(4), np.array([-9, -9, 5, 7]), k=2)

    assert facts == {
        "duplicates": 0,
        "clones": 0,
        "empty_lists": 1,
        "short_lists": 1,
        "songs_per_artist": pytest.approx((2 + 2 + 1) / 3),
        "coverage": 0.75,
        "never_recommended": 0,
        "hubness_skew": pytest.approx(skewness(np.array([0, 1, 2, 3]))),
    }


def test_a_song_that_is_its_query_or_comes_twice_is_a_duplicate() -> None:
    lists = np.array([[0, 1, 2], [2, 2, -1], [0, -1, -1]])

    assert count_repeats(lists, np.arange(3)) == 2


def test_titles_and_clones_are_told_apart() -> None:
    """Songs 1 and 2 bear one title; songs 0 and 3 are one recording."""
    lists = np.array([[1, 2], [3, 0], [0, -1], [0, 1]])

    facts = list_facts(
        lists, np.arange(4) + 1, np.array([10, 11, 11, 12]), np.array([0, 1, 2, 0]), k=2
    )

    assert (facts["duplicates"], facts["clones"]) == (1, 2)


def test_only_the_first_k_count() -> None:
    lists = np.array([[1, 0], [0, 1]])

    facts = list_facts(lists, np.array([1, 2]), np.arange(2), np.arange(2), k=1)

    assert (facts["duplicates"], facts["short_lists"], facts["coverage"]) == (0, 0, 1)


def test_a_recording_is_recommended_if_one_of_its_clones_is() -> None:
    lists = np.array([[2], [2], [0], [0]])

    facts = list_facts(lists, np.arange(4), np.arange(4), np.array([1, 1, 2, 3]), k=1)

    assert facts["coverage"] == 0.5
    assert facts["never_recommended"] == pytest.approx(1 / 3)


def test_an_unknown_artist_is_alone() -> None:
    lists = np.array([[1, 2, 3], [2, 3, -1], [1, 1, 1], [-1, -1, -1]])

    assert songs_per_artist(lists, np.array([5, 0, 0, 6])) == 1
    assert songs_per_artist(lists, np.array([5, 7, 7, 7])) == pytest.approx((3 + 2 + 3) / 3)
    assert songs_per_artist(np.full((4, 2), -1), np.zeros(4, np.int64)) is None


def test_a_hub_skews_and_equal_turns_do_not() -> None:
    """By hand: counts 0, 0, 0, 4 lie -1, -1, -1 and 3 from their mean; skewness 6 / 3^1.5."""
    assert skewness(np.array([2, 2, 2, 2])) == 0
    assert skewness(np.array([0, 0, 0, 4])) == pytest.approx(6 / 3**1.5)
