"""How many songs come as near to a wish as one does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songspace.recommender.catalogue import Raw
from songspace.recommender.reasons import Commonness


def column(*values: int) -> Raw:
    return np.array(values, np.int16)


TEN = column(0, 10, 20, 20, 30, 50, 50, 50, 100, 100, -1, -1)
"""Ten songs of which the feature is known, and two others."""


@pytest.mark.parametrize(
    ("wish", "value", "songs"),
    [
        (20, 20, 2),  # both of 20
        (20, 30, 4),  # 10 to 30
        (20, 10, 4),  # the same the other way
        (25, 20, 3),  # 20 to 30
        (0, 0, 1),  # nothing is below nought
        (0, 20, 4),
        (100, 100, 2),
        (100, 50, 5),
        (100, 0, 10),
        (40, 41, 0),  # nobody is as near, for 41 is not among the ten
        (49.6, 50, 3),  # 49.2 to 50
        (20.5, 20, 2),  # 20 to 21
        (300, 100, 2),  # beyond all values
        (50, -1, 12),  # unknown: as common as can be, and told as all
    ],
)
def test_the_songs_as_near_are_counted(wish: float, value: int, songs: int) -> None:
    share = Commonness(TEN).as_near(wish, column(value))

    assert share.tolist() == [songs / 10 if value >= 0 else 1.0]


@given(
    values=st.lists(st.integers(-1, 12), min_size=1, max_size=30),
    wish=st.sampled_from([0.0, 0.5, 3.0, 3.3, 11.5, 12.0, 14.0]),
)
def test_it_is_the_share_of_those_known_that_are_no_further(values: list[int], wish: float) -> None:
    known = [value for value in values if value >= 0]

    found = Commonness(column(*values)).as_near(wish, column(*values))

    for value, share in zip(values, found.tolist(), strict=True):
        as_near = [one for one in known if abs(one - wish) <= abs(value - wish) + 1e-9]
        assert share == (len(as_near) / len(known) if value >= 0 else 1.0)


def test_a_feature_that_is_known_of_no_song_is_agreed_in_by_none() -> None:
    assert Commonness(column(-1, -1)).as_near(3.0, column(-1)).tolist() == [1.0]
