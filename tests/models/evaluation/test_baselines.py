import numpy as np
import pytest

from models.evaluation.baselines import popularity_lists, random_lists
from models.evaluation.search import Catalogue
from models.picking import Integers

ROWS = np.arange(300)


def crowd() -> Catalogue:
    """300 songs of 60 artists, in pairs of clones."""
    return Catalogue(np.arange(300) // 5 + 1, np.arange(300) // 2)


def breaches(lists: Integers, catalogue: Catalogue) -> int:
    """Songs in *lists* that the filters forbid."""
    same_artist = catalogue.artist[lists] == catalogue.artist[ROWS][:, None]
    groups = np.sort(np.hstack([catalogue.group[lists], catalogue.group[ROWS][:, None]]), axis=1)
    return int(same_artist.sum() + (groups[:, 1:] == groups[:, :-1]).sum())


def test_random_lists_are_full_under_the_filters_and_the_same_for_a_seed() -> None:
    lists = random_lists(ROWS, crowd(), 10, seed=3)

    assert (lists >= 0).all()
    assert breaches(lists, crowd()) == 0
    assert np.array_equal(lists, random_lists(ROWS, crowd(), 10, seed=3))
    assert not np.array_equal(lists, random_lists(ROWS, crowd(), 10, seed=4))


def test_random_lists_give_every_song_its_turn() -> None:
    catalogue = Catalogue(np.zeros(50, np.int64), np.arange(50))

    lists = random_lists(np.repeat(np.arange(50), 200), catalogue, 5, seed=0)

    turns = np.bincount(lists.ravel(), minlength=50)
    assert turns.min() > 0.8 * turns.mean()
    assert turns.max() < 1.2 * turns.mean()


def test_few_songs_are_all_found_by_chance() -> None:
    lists = random_lists(np.array([0]), Catalogue(np.arange(4), np.arange(4)), 5, seed=0)

    assert sorted(lists[0].tolist()) == [-1, -1, 1, 2, 3]


def test_everybody_gets_the_most_popular_songs_but_those_of_the_own_artist() -> None:
    catalogue = Catalogue(np.array([1, 1, 2, 3]), np.arange(4))
    popularity = np.array([50, 90, 70, np.nan], np.float32)

    lists = popularity_lists(np.arange(4), catalogue, popularity, 2)

    assert lists.tolist() == [[2, 3], [2, 3], [1, 0], [1, 2]]


def test_popular_lists_without_the_artist_filter_and_equal_songs_in_their_order() -> None:
    catalogue = Catalogue(np.ones(4, np.int64), np.arange(4))
    popularity = np.array([50, 90, 90, 20], np.float32)

    lists = popularity_lists(np.array([3]), catalogue, popularity, 3, artist_filter=False)

    assert lists.tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("artist_filter", [True, False])
def test_the_artist_filter_of_random_lists_can_be_off(artist_filter: bool) -> None:
    catalogue = Catalogue(np.ones(6, np.int64), np.arange(6))

    lists = random_lists(np.arange(6), catalogue, 3, seed=0, artist_filter=artist_filter)

    assert (lists == -1).all() == artist_filter
