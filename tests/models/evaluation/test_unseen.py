from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl
import pytest

from models.evaluation.unseen import circle_of_fifths, mean_gaps, relative_gaps, unseen_columns

MakeSongs = Callable[..., pl.DataFrame]
NAN = float("nan")


def values(*numbers: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(numbers, np.float32)


def test_columns_of_songs_become_numbers_and_nulls_nan(make_songs: MakeSongs) -> None:
    songs = make_songs(
        release_date=[date(1969, 8, 15), date(1970, 1, 1), None],
        loudness_db=[-6.5, None, 1.0],
        length_s=[200, None, 3_000],
        key=["C Maj", "A min", None],
        explicit=[True, False, None],
    )

    columns = unseen_columns(songs)

    expected = {
        "decade": [196, 197, NAN],
        "loudness_db": [-6.5, NAN, 1],
        "length_s": [200, NAN, 3_000],
        "key": [0, 0, NAN],
        "mode": [1, 0, NAN],
        "explicit": [1, 0, NAN],
    }
    assert columns.keys() == expected.keys()
    for name, numbers in expected.items():
        assert np.array_equal(columns[name], values(*numbers), equal_nan=True), name


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("C Maj", "G Maj", 1), ("C Maj", "F Maj", 11), ("A min", "C Maj", 0), ("F# Maj", "C Maj", 6)],
)
def test_keys_stand_on_the_circle_of_fifths(one: str, other: str, steps: int) -> None:
    circle = circle_of_fifths()

    assert (circle[other] - circle[one]) % 12 == steps
    assert sorted(circle.values()) == sorted([*range(12)] * 2)


def test_gaps_are_means_over_the_pairs_that_are_known() -> None:
    columns = {"length_s": values(100, 130, NAN, 90)}

    gaps = mean_gaps(columns, np.array([0, 2]), np.array([[1, 3, 2], [0, 1, -1]]))

    assert gaps == {"length_s": 20}


def test_the_gap_of_keys_goes_the_short_way_round() -> None:
    gaps = mean_gaps({"key": values(0, 11, 6)}, np.array([0]), np.array([[1, 2]]))

    assert gaps == {"key": (1 + 6) / 2}


def test_gaps_are_shares_of_those_by_chance_and_none_where_nothing_is_told() -> None:
    near = {"decade": 1.0, "mode": NAN, "explicit": 0.0}
    chance = {"decade": 4.0, "mode": 0.5, "explicit": 0.0}

    assert relative_gaps(near, chance) == {"decade": 0.25, "mode": None, "explicit": None}


def test_no_pairs_have_no_gap() -> None:
    gaps = mean_gaps({"mode": values(0, 1)}, np.empty(0, np.int64), np.empty((0, 3), np.int64))

    assert np.isnan(gaps["mode"])
