"""Which songs may be recommended at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from songspace import Recommender
from songspace.inputs import Floats
from songspace.recommender import OCCASIONS, Choice, Filters
from songspace.recommender.catalogue import Catalogue
from tests.conftest import MakeSongs


@pytest.fixture
def handful(make_songs: MakeSongs) -> Catalogue:
    """Four songs, and a fifth of which nothing is known."""
    songs = make_songs(
        genres=[["pop", "disco"], ["disco"], ["rock"], ["jazz", "rock", "pop"], []],
        emotion=["joy", "Sadness", "joy", "fear", None],
        release_date=[
            date(1970, 1, 1),
            date(1979, 12, 31),
            date(1980, 6, 1),
            date(2001, 1, 1),
            None,
        ],
        popularity=[0, 20, 50, 100, None],
        explicit=[True, False, False, True, None],
        good_for_party=[True, True, False, False, None],
        good_for_running=[True, False, True, False, None],
        good_for_relaxation_meditation=[False, True, True, False, None],
        good_for_yoga_stretching=[False, False, True, False, True],
    )
    return Catalogue.read(songs.lazy())


@pytest.mark.parametrize(
    ("conditions", "rows"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"genres": ["disco"]}, [0, 1]),
        ({"genres": ["pop"]}, [0, 3]),
        ({"genres": ["disco", "jazz"]}, [0, 1, 3]),
        ({"genres": [" Rock "]}, [2, 3]),
        ({"genres": ["polka"]}, []),
        ({"genres": ["polka", "disco"]}, [0, 1]),
        ({"emotions": ["joy"]}, [0, 2]),
        ({"emotions": ["SADNESS", "fear"]}, [1, 3]),
        ({"years": (1970, 1979)}, [0, 1]),
        ({"years": (1980, None)}, [2, 3]),
        ({"years": (None, 1979)}, [0, 1]),
        ({"years": (1980, 1980)}, [2]),
        ({"years": (-5, None)}, [0, 1, 2, 3]),
        ({"popularity": (20, 50)}, [1, 2]),
        ({"popularity": (0, None)}, [0, 1, 2, 3]),
        ({"popularity": (None, 0)}, [0]),
        ({"popularity": (None, 100)}, [0, 1, 2, 3]),
        ({"explicit": True}, [0, 3]),
        ({"explicit": False}, [1, 2]),
        ({"good_for": ["party"]}, [0, 1]),
        ({"good_for": ["party", "running"]}, [0]),
        ({"good_for": ["meditation_stretching"]}, [1, 2]),
        ({"genres": ["pop"], "explicit": True, "years": (2000, None)}, [3]),
    ],
)
def test_songs_that_meet_every_condition_are_left(
    handful: Catalogue, conditions: dict[str, Any], rows: list[int]
) -> None:
    assert np.flatnonzero(Filters(**conditions).mask(handful)).tolist() == rows


def test_every_occasion_is_a_condition(make_songs: MakeSongs) -> None:
    """Song n is good for the occasion n alone."""
    switches = {
        f"good_for_{name}": [place == number for place in range(len(OCCASIONS))]
        for number, name in enumerate(OCCASIONS[:-1])
    }
    last = [False] * (len(OCCASIONS) - 1) + [True]
    songs = Catalogue.read(make_songs(**switches, good_for_yoga_stretching=last).lazy())

    for number, name in enumerate(OCCASIONS):
        assert np.flatnonzero(Filters(good_for=[name]).mask(songs)).tolist() == [number]


@pytest.mark.parametrize(
    ("conditions", "named"),
    [
        ({"years": (1990, 1980)}, "years from low to high. Received: 1990 to 1980"),
        ({"popularity": (50, 20)}, "popularity from low to high. Received: 50 to 20"),
        ({"good_for": ["sleeping"]}, r"occasions out of .*party.*Received: \['sleeping'\]"),
        ({"genres": "pop"}, "a list of genres. Received: 'pop'"),
        ({"emotions": "joy"}, "a list of emotions. Received: 'joy'"),
        ({"good_for": "party"}, "a list of good_for. Received: 'party'"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(conditions: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Filters(**conditions)


def test_filters_that_name_nothing_are_false() -> None:
    assert not Filters(genres=[], years=(None, None))
    assert Filters(explicit=False)
    assert Filters(popularity=(0, None))


def test_names_that_no_song_has_are_told(handful: Catalogue) -> None:
    filters = Filters(genres=["polka", "Pop"], emotions=["thirst", "sadness"])

    assert filters.unmet(handful) == [
        "No song has the genre 'polka'.",
        "No song has the emotion 'thirst'.",
    ]


def test_songs_far_away_fill_a_list_if_they_alone_meet_the_conditions(
    recommender: Recommender, songs: pl.DataFrame, latents: Floats
) -> None:
    """Asked with the song that has the most of the others between itself and the nearest polka."""
    polka = np.array(["polka" in (tags or []) for tags in songs["genres"].to_list()])
    nearer = (latents @ latents.T > (latents @ latents[polka].T).max(axis=1, keepdims=True)).sum(1)
    song = int(np.where(polka, 0, nearer).argmax())
    assert nearer[song] > 50

    found = recommender.similar(
        songs["song_id"][song], Choice(10, per_artist=None), Filters(genres=["polka"])
    )

    best = np.sort((latents @ latents[song])[polka])[::-1][:10]
    assert [item.cosine for item in found] == pytest.approx(best, abs=1e-6)
    assert all(item.song.genres == ("polka",) for item in found)


def test_a_list_for_conditions_that_no_song_meets_is_empty_and_says_why(
    recommender: Recommender, songs: pl.DataFrame
) -> None:
    found = recommender.similar(songs["song_id"][0], filters=Filters(genres=["zydeco"]))

    assert list(found) == []
    assert found.notes == ("No song has the genre 'zydeco'.",)
