"""Exact lists under the filters, checked against comparing every pair."""

import numpy as np
import pytest

import models.picking
from models.evaluation.search import Catalogue
from models.picking import Floats, Integers
from tests.models.evaluation.exact import nearest


@pytest.fixture(params=["index", "scan"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test with both ways to search, the one of few songs and the one of many."""
    few = 0 if request.param == "scan" else 10**9
    monkeypatch.setattr("models.evaluation.search.FEWEST_TO_SCAN", few)


def directions(*degrees: float) -> Floats:
    """Unit vectors in a plane."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def first_list(
    space: Floats, artist: list[int], group: list[int] | None = None, k: int = 2, **how: bool
) -> list[int]:
    """The list of song 0."""
    groups = np.arange(len(space)) if group is None else np.array(group)
    catalogue = Catalogue(np.array(artist), groups)
    found: list[int] = nearest(space[:1], np.array([0]), space, catalogue, k, **how)[0].tolist()
    return found


def test_the_nearest_come_first_and_the_song_itself_never() -> None:
    assert first_list(directions(0, 50, 10, 30), [1, 2, 3, 4], k=2) == [2, 3]


def test_songs_of_the_querys_artist_are_left_out() -> None:
    assert first_list(directions(0, 10, 20, 30), [1, 1, 2, 1], k=2) == [2, -1]


def test_without_the_artist_filter_they_stand_in_the_list() -> None:
    assert first_list(directions(0, 10, 20), [1, 1, 2], k=2, artist_filter=False) == [1, 2]


def test_unknown_artists_equal_nobody() -> None:
    assert first_list(directions(0, 10, 20), [0, 0, 0], k=2) == [1, 2]


def test_clones_of_the_query_are_left_out_whoever_claims_them() -> None:
    assert first_list(directions(0, 1, 20), [1, 2, 3], group=[0, 0, 1], k=2) == [2, -1]


def test_one_song_of_a_clone_group_stands_in_a_list() -> None:
    assert first_list(directions(0, 10, 11, 20), [1, 2, 2, 3], group=[0, 1, 1, 2], k=2) == [1, 3]


def test_a_recording_that_the_querys_artist_claims_too_is_found_under_the_other_name() -> None:
    assert first_list(directions(0, 10, 11), [1, 1, 2], group=[0, 1, 1], k=1) == [2]


def crowd(songs: int) -> tuple[Floats, Catalogue]:
    """Random directions; a third of the songs are one artist's and lie together, clones among them."""
    random = np.random.default_rng(0)
    space = random.standard_normal((songs, 8)).astype(np.float32)
    artist = random.integers(0, songs // 4, songs)
    artist[: songs // 3] = 7
    space[: songs // 3, 0] += 6
    group = random.integers(0, songs * 3 // 4, songs)
    group[: songs // 20] = 3
    unit: Floats = space / np.linalg.norm(space, axis=1, keepdims=True)
    return unit, Catalogue(artist, group)


def by_comparing_all(
    space: Floats, rows: Integers, catalogue: Catalogue, k: int, *, artist_filter: bool
) -> list[list[int]]:
    """The same lists, song by song."""
    lists = []
    for row in rows:
        found: list[int] = []
        artist, group = catalogue.artist[row], catalogue.group[row]
        used = {group}
        for song in np.argsort(-(space @ space[row]), kind="stable"):
            same_artist = artist_filter and artist > 0 and catalogue.artist[song] == artist
            if len(found) < k and not same_artist and catalogue.group[song] not in used:
                found.append(int(song))
                used.add(catalogue.group[song])
        lists.append(found + [-1] * (k - len(found)))
    return lists


@pytest.mark.parametrize("artist_filter", [True, False])
@pytest.mark.parametrize("at_once", [500, 2**22])
def test_lists_are_those_of_comparing_every_pair_although_an_artist_fills_all_near_places(
    monkeypatch: pytest.MonkeyPatch, at_once: int, artist_filter: bool
) -> None:
    monkeypatch.setattr(models.picking, "CANDIDATES_AT_ONCE", at_once)
    space, catalogue = crowd(900)
    rows = np.arange(0, 900, 7)

    lists = nearest(space[rows], rows, space, catalogue, 10, artist_filter=artist_filter)

    expected = by_comparing_all(space, rows, catalogue, 10, artist_filter=artist_filter)
    assert lists.tolist() == expected


def test_no_queries_get_no_lists() -> None:
    space, catalogue = crowd(40)

    assert nearest(space[:0], np.empty(0, np.int64), space, catalogue, 5).shape == (0, 5)


def test_more_is_asked_than_there_are_songs() -> None:
    assert first_list(directions(0, 10, 20), [1, 2, 3], k=5) == [1, 2, -1, -1, -1]
