"""Songs near places that are not of the catalogue."""

import numpy as np

from models.lookup import look_up
from models.neighbours import NeighbourSearch, NeighbourSettings
from models.picking import Floats, Integers

NONE = np.full((1, 1), -1)


def places(rows: int, seed: int = 0) -> Floats:
    """Random directions."""
    drawn = np.random.default_rng(seed).standard_normal((rows, 20), np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


def circle(*degrees: float) -> Floats:
    """Places on a circle."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def alone(songs: int) -> Integers:
    """Groups of one song each."""
    return np.arange(songs)


def test_songs_that_are_known_find_what_the_search_of_a_full_run_finds() -> None:
    latents, groups = places(500), np.arange(500) // 3
    search = NeighbourSearch.build(latents, groups, NeighbourSettings(k=9))
    expected = search.lists(np.arange(500))

    found = look_up(latents, groups[:, None], latents, groups, 9)

    assert np.array_equal(found.rows, expected.rows)
    assert np.allclose(found.scores, expected.scores, atol=1e-6)


def test_the_nearest_come_first_with_their_cosines() -> None:
    found = look_up(circle(0), NONE, circle(60, -10, 180, 30), alone(4), 3)

    assert found.rows.tolist() == [[1, 3, 0]]
    assert np.allclose(found.scores, np.cos(np.radians([[10, 30, 60]])), atol=1e-6)


def test_every_group_that_is_the_songs_own_is_left_out() -> None:
    latents, groups = circle(0, 10, 20, 30, 40), np.array([0, 1, 0, 2, 3])

    found = look_up(circle(0, 0), np.array([[0, 2], [-1, 1]]), latents, groups, 2)

    assert found.rows.tolist() == [[1, 4], [0, 3]]


def test_of_a_clone_group_the_nearest_alone_is_found() -> None:
    latents, groups = circle(5, 10, 20, 30), np.array([0, 0, 1, 1])

    assert look_up(circle(0), NONE, latents, groups, 2).rows.tolist() == [[0, 2]]


def test_a_hundred_clones_do_not_hide_what_lies_behind_them() -> None:
    latents = circle(*np.linspace(0, 10, 100), 20, 30)
    groups = np.array([0] * 100 + [1, 2])

    found = look_up(circle(0), np.zeros((1, 1), np.int64), latents, groups, 2)

    assert found.rows.tolist() == [[100, 101]]


def test_lists_end_where_there_are_no_more_songs() -> None:
    found = look_up(circle(0), np.array([[1]]), circle(5, 10), alone(2), 3)

    assert found.rows.tolist() == [[0, -1, -1]]


def test_no_places_have_no_lists() -> None:
    assert look_up(places(0), NONE[:0], places(3), alone(3), 2).rows.shape == (0, 2)
