"""Which of the nearest make a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songspace.inputs import Floats
from songspace.recommender.catalogue import Catalogue
from songspace.recommender.choosing import Choice, choose, diverse_order
from songspace.recommender.index import Found, Rows


def catalogue(
    artist: Sequence[int], title: Sequence[int] = (), clones: Sequence[int] = ()
) -> Catalogue:
    """Songs of which no more is known; where no titles or clones are given all differ."""
    rows = len(artist)
    nothing = np.zeros(rows, np.int16)
    return Catalogue(
        shown=pl.DataFrame({"song_id": range(rows)}),
        numeric=np.zeros((rows, 17), np.int16),
        artist=np.array(artist, np.int64),
        title=np.array(title or range(rows), np.int64),
        clones=np.array(clones or range(rows), np.int64),
        tags=np.zeros((rows, 4), np.int32),
        emotion=nothing.astype(np.int32),
        year=nothing,
        explicit=nothing.astype(np.int8),
        genres={},
        emotions={},
    )


def chosen(
    songs: Catalogue, choice: Choice, asked: Sequence[int] = (), above: Sequence[int] = ()
) -> list[int]:
    """The list where songs lie the nearer the lower their row."""
    cosines = np.linspace(1, 0, len(songs), dtype=np.float32)

    def search(k: int) -> Found:
        return np.arange(len(songs))[:k], cosines[:k]

    rows, found = choose(
        search, songs, vectors, choice, np.array(asked, np.intp), np.array(above, np.intp)
    )
    assert found.tolist() == cosines[rows].tolist()
    return [int(row) for row in rows]


def vectors(rows: Rows) -> Floats:
    """Songs all at right angles."""
    return np.eye(500, dtype=np.float32)[rows]


def test_of_clones_the_nearest_stands_in_the_list() -> None:
    songs = catalogue(artist=[1, 2, 3, 4], clones=[7, 8, 7, 8])

    assert chosen(songs, Choice(n=4)) == [0, 1]


def test_of_namesakes_the_nearest_stands_in_the_list() -> None:
    songs = catalogue(artist=[1, 2, 1, 3], title=[5, 6, 5, 7])

    assert chosen(songs, Choice(n=4)) == [0, 1, 3]


@pytest.mark.parametrize(
    ("per_artist", "rows"), [(1, [0, 3]), (2, [0, 1, 3, 5]), (None, [0, 1, 2, 3, 4, 5])]
)
def test_an_artist_has_so_many_songs_at_most(per_artist: int | None, rows: list[int]) -> None:
    songs = catalogue(artist=[1, 1, 1, 2, 1, 2])

    assert chosen(songs, Choice(n=6, per_artist=per_artist)) == rows


def test_a_list_is_full_although_one_artist_floods_the_nearest() -> None:
    songs = catalogue(artist=[0] * 5000 + list(range(1, 11)))

    assert chosen(songs, Choice(n=10)) == [0, 1, *range(5000, 5008)]


@pytest.mark.parametrize("barred", ["asked", "above"])
def test_songs_asked_with_or_above_are_no_answer_nor_their_clones_nor_their_namesakes(
    barred: str,
) -> None:
    songs = catalogue(artist=range(6), title=[0, 1, 0, 3, 4, 5], clones=[0, 1, 2, 1, 4, 5])

    assert chosen(songs, Choice(n=6), **{barred: [0, 1]}) == [4, 5]


def test_songs_above_count_for_their_artists_and_songs_asked_with_do_not() -> None:
    songs = catalogue(artist=[1, 1, 1, 2])

    assert chosen(songs, Choice(n=4), above=[0]) == [1, 3]
    assert chosen(songs, Choice(n=4), asked=[0]) == [1, 2, 3]


def by_hand(songs: Catalogue, choice: Choice, asked: Sequence[int]) -> list[int]:
    """The list by going through all songs once."""
    clones = {songs.clones[row] for row in asked}
    titles = {songs.title[row] for row in asked}
    artists: Counter[int] = Counter()
    rows: list[int] = []
    for row in range(len(songs)):
        artist, title, clone = songs.artist[row], songs.title[row], songs.clones[row]
        crowded = choice.per_artist is not None and artists[artist] == choice.per_artist
        if title in titles or clone in clones or crowded or len(rows) == choice.n:
            continue
        rows.append(row)
        artists[artist] += 1
        titles.add(title)
        clones.add(clone)
    return rows


@given(
    songs=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 60), st.integers(0, 80)),
        min_size=1,
        max_size=300,
    ),
    n=st.integers(1, 12),
    per_artist=st.one_of(st.none(), st.integers(1, 3)),
    asked=st.integers(0, 3),
)
def test_a_list_is_what_going_through_all_songs_would_choose(
    songs: list[tuple[int, int, int]], n: int, per_artist: int | None, asked: int
) -> None:
    artist, title, clones = zip(*songs, strict=True)
    whole = catalogue(artist, title, clones)
    choice = Choice(n, per_artist)
    rows = range(min(asked, len(songs)))

    assert chosen(whole, choice, rows) == by_hand(whole, choice, rows)


def test_a_diverse_list_passes_over_what_is_like_the_songs_above() -> None:
    """Towards 0 degrees; half of .978 is less than half of cos(2), half of .866 more than of cos(40)."""
    degrees = np.radians([10, 12, -30])
    plane = np.stack([np.cos(degrees), np.sin(degrees)], axis=1).astype(np.float32)

    assert diverse_order(plane, plane[:, 0], 3, diversity=0.5).tolist() == [0, 2, 1]
    assert diverse_order(plane, plane[:, 0], 2, diversity=0.0).tolist() == [0, 1]


def test_a_diverse_list_remembers_all_songs_above_not_the_last_alone() -> None:
    """The second is as far from the last as can be, and next to the first."""
    degrees = np.radians([10, 12, -30, -80])
    plane = np.stack([np.cos(degrees), np.sin(degrees)], axis=1).astype(np.float32)

    assert diverse_order(plane, plane[:, 0], 4, diversity=0.7).tolist() == [0, 3, 2, 1]


def test_a_diverse_list_is_chosen_from_five_times_its_length() -> None:
    """All are alike but the fifteenth and the sixteenth."""
    songs = catalogue(artist=range(40))
    cosines = np.linspace(1, 0.9, 40, dtype=np.float32)
    alike = np.eye(3, dtype=np.float32)[[0] * 14 + [1, 2] + [0] * 24]

    rows, found = choose(
        lambda k: (np.arange(40)[:k], cosines[:k]), songs, alike.__getitem__, Choice(3, None, 0.9)
    )

    assert rows.tolist() == [0, 14, 1]
    assert found.tolist() == cosines[rows].tolist()


def test_a_diverse_list_of_few_songs_holds_them_all() -> None:
    songs = catalogue(artist=range(3))

    assert chosen(songs, Choice(n=10, diversity=0.5)) == [0, 1, 2]
    assert chosen(songs, Choice(n=10, diversity=0.5), asked=[0, 1, 2]) == []


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ({"n": 0}, r"n from 1 to 100. Received: 0"),
        ({"n": 101}, r"n from 1 to 100. Received: 101"),
        ({"per_artist": 0}, r"per_artist of 1 or more. Received: 0"),
        ({"diversity": -0.1}, r"diversity from 0 to below 1. Received: -0.1"),
        ({"diversity": 1.0}, r"diversity from 0 to below 1. Received: 1.0"),
        ({"diversity": float("nan")}, r"diversity from 0 to below 1. Received: nan"),
    ],
)
def test_a_number_out_of_its_range_is_refused(numbers: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Choice(**numbers)  # type: ignore[arg-type]
