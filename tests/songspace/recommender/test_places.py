"""Where songs lie on the map."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from songspace import Recommender
from songspace.inputs import Floats
from songspace.recommender.index import DirectionIndex
from songspace.recommender.places import Places
from songspace.schemas import MAP

IDS = pl.Series("song_id", [70, 60, 50, 40, 30, 20, 10, 5])


def fan() -> Floats:
    """Eight directions in a plane, ten degrees from one to the next."""
    degrees = np.radians(np.arange(0, 80, 10))
    return np.asarray(np.stack([np.cos(degrees), np.sin(degrees)], axis=1), np.float32)


def drawn(**points: tuple[float, float]) -> pl.DataFrame:
    """MAP of songs called by their ids."""
    return pl.DataFrame(
        [(int(name[1:]), *place) for name, place in points.items()], schema=MAP, orient="row"
    )


@pytest.fixture
def places() -> Places:
    """The first song and the last are not on the map; another is that is no song."""
    points = drawn(
        _10=(6, 0), _20=(5, 10), _30=(4, 20), _40=(3, 90), _50=(2, 30), _60=(1, 40), _99=(500, 500)
    )
    return Places(points, IDS, DirectionIndex(fan()))


def test_a_song_of_the_map_lies_where_it_was_drawn(places: Places) -> None:
    assert places.of_row(1, fan()[1]) == (1, 40)
    assert places.of_row(6, fan()[6]) == (6, 0)


def test_another_lies_at_the_median_of_the_five_nearest_on_the_map(places: Places) -> None:
    """Next to the first song are the second to the sixth; x of 1 to 5, y of 40, 30, 90, 20, 10."""
    assert places.of_row(0, fan()[0]) == (3, 30)
    assert places.of(fan()[0]) == (3, 30)


def test_songs_that_are_not_in_the_release_are_left_off(places: Places) -> None:
    assert places.rows.tolist() == [6, 5, 4, 3, 2, 1]
    assert places.xy.tolist()[0] == [6, 0]


def test_a_map_of_two_points_gives_the_middle_between_them() -> None:
    places = Places(drawn(_10=(0, 0), _20=(10, 4)), IDS, DirectionIndex(fan()))

    assert places.of(fan()[0]) == (5, 2)


def test_without_a_map_a_song_has_no_place() -> None:
    places = Places(drawn(), IDS, DirectionIndex(fan()))

    assert places.of_row(0, fan()[0]) is None
    assert places.of(fan()[0]) is None


def test_a_recommender_reads_the_map_of_its_release(
    recommender: Recommender, latents: Floats
) -> None:
    """Each fourth song was drawn, the n-th of them at (n, -n)."""
    assert recommender.places.of_row(8, latents[8]) == (2, -2)
    near_by = np.argsort(-(latents[::4] @ latents[9]))[:5]
    assert recommender.places.of_row(9, latents[9]) == (np.median(near_by), -np.median(near_by))
