from dataclasses import replace

import numpy as np
import pytest

from models.evaluation.bound import expected_likeness, songs_of_frequent_genres, supervised_lists
from models.evaluation.search import Catalogue
from models.evaluation.tag_sets import tag_sets
from songspace.inputs import Inputs


def songs(rows: int = 600) -> Inputs:
    """Three genres, each with a number of its own that is high, and one song in ten without a genre."""
    random = np.random.default_rng(0)
    genre = random.integers(1, 4, rows)
    numeric = random.normal(0, 1, (rows, 17))
    numeric[np.arange(rows), genre] += 4
    tags = np.zeros((rows, 4), np.int32)
    tags[:, 0] = np.where(random.random(rows) < 0.1, 0, genre)
    nothing = np.zeros(rows, np.int32)
    return Inputs(numeric.astype(np.float32), nothing, tags, nothing)


def strangers(rows: int) -> Catalogue:
    return Catalogue(np.arange(rows) + 1, np.arange(rows))


def test_lists_are_of_the_genre_that_the_numbers_tell() -> None:
    inputs = songs()
    rows = np.arange(200)

    bound = supervised_lists(
        inputs, tag_sets(inputs.genre), strangers(600), rows, np.arange(200, 600), 10
    )

    assert bound is not None
    tagged = inputs.genre[rows, 0] > 0
    right = inputs.genre[bound.lists, 0] == inputs.genre[rows, :1]
    assert bound.accuracy > 0.9
    assert right[tagged].mean() == pytest.approx(bound.accuracy, abs=1e-6)


def test_a_query_tells_nothing_but_its_numbers() -> None:
    inputs = songs()
    rows, fitted = np.arange(200), np.arange(200, 600)
    hidden = replace(inputs, genre=np.where(np.arange(600)[:, None] < 200, 0, inputs.genre))

    known, unknown = (
        supervised_lists(songs_, tag_sets(hidden.genre), strangers(600), rows, fitted, 10)
        for songs_ in (inputs, hidden)
    )

    assert known is not None
    assert unknown is not None
    assert np.array_equal(known.lists, unknown.lists)
    assert np.isnan(unknown.accuracy)


def test_rare_genres_and_songs_without_one_are_not_fitted() -> None:
    inputs = songs()
    inputs.genre[:19, 0] = 9

    kept = songs_of_frequent_genres(inputs, np.arange(600))

    assert set(inputs.genre[kept, 0].tolist()) == {1, 2, 3}


def test_expected_likeness_is_the_mean_over_the_songs_of_a_genre() -> None:
    """Of genre 1 two songs are {1} and one {1, 2}: {1, 2} is like them by 1/2, 1/2 and 1."""
    inputs = replace(
        songs(4),
        genre=np.array([[1, 0, 0, 0], [1, 0, 0, 0], [1, 2, 0, 0], [2, 0, 0, 0]], np.int32),
    )
    sets = tag_sets(inputs.genre)

    expected = expected_likeness(inputs, sets, np.arange(4), np.array([1, 2], np.int32))

    of_song = expected[:, sets.of_song]
    assert of_song[0].tolist() == pytest.approx([5 / 6, 5 / 6, 2 / 3, 1 / 6])
    assert of_song[1].tolist() == pytest.approx([0, 0, 1 / 2, 1])


@pytest.mark.parametrize(("queries", "fitted"), [(0, 600), (10, 25)])
def test_without_queries_or_without_two_genres_there_is_no_bound(queries: int, fitted: int) -> None:
    inputs = songs()

    bound = supervised_lists(
        inputs, tag_sets(inputs.genre), strangers(600), np.arange(queries), np.arange(fitted), 10
    )

    assert bound is None
