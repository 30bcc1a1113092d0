"""What each field is worth where nothing is known of a song."""

import numpy as np
import pytest

from models.objective import LEAST_ENTROPY, entropy, measure_marginals
from songspace.inputs import Inputs

NAN = float("nan")


def songs(numeric: list[list[float]]) -> Inputs:
    """Songs of which the numbers alone are known."""
    rows = len(numeric)
    return Inputs(
        numeric=np.array(numeric, np.float32),
        artist=np.zeros(rows, np.int32),
        genre=np.zeros((rows, 4), np.int32),
        emotion=np.zeros(rows, np.int32),
    )


def test_entropy_is_that_of_the_shares_of_what_is_known() -> None:
    assert entropy(np.array([1, 1, 2, 2, 0, 0, 0], np.int32)) == pytest.approx(np.log(2))
    assert entropy(np.array([1, 2, 3, 4], np.int32)) == pytest.approx(np.log(4))


def test_each_tag_of_a_song_is_an_equal_share_of_it() -> None:
    """One song of tag 1 and one of 2 and 3: a half, a quarter, a quarter."""
    tags = np.array([[1, 0, 0, 0], [2, 3, 0, 0], [0, 0, 0, 0]], np.int32)

    assert entropy(tags) == pytest.approx(1.5 * np.log(2))


@pytest.mark.parametrize("ids", [[0, 0], [3, 3]])
def test_where_there_is_nothing_to_tell_apart_entropy_counts_as_1(ids: list[int]) -> None:
    assert entropy(np.array(ids, np.int32)) == 1


def test_one_song_in_a_million_does_not_make_a_field_count_a_thousandfold() -> None:
    ids = np.full(1_000_000, 1, np.int32)
    ids[0] = 2

    assert entropy(ids) == LEAST_ENTROPY


def test_switches_have_the_entropy_of_how_often_they_are_on() -> None:
    """On in half of the songs, in one of the two that are known, always, never, and unknown."""
    on = [[1.0, 1.0, 1.0, 0.0, NAN], [1.0, 0.0, 1.0, 0.0, NAN], [0.0, NAN, 1.0, 0.0, NAN]]
    on.append([0.0, NAN, 1.0, 0.0, NAN])

    flags = measure_marginals(songs([[0.0] * 9 + row + [0.0] * 3 for row in on])).flags

    expected = [np.log(2), np.log(2), *[LEAST_ENTROPY] * 7]
    assert flags.tolist() == pytest.approx(expected, rel=1e-6)


def test_the_steps_of_meditation_have_an_entropy_each() -> None:
    """At least 1 in two songs of four, at least 2 in one."""
    numeric = [[0.0] * 16 + [steps] for steps in (0.0, 0.0, 1.0, 2.0)]

    flags = measure_marginals(songs(numeric)).flags

    quarter = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert flags[7:].tolist() == pytest.approx([np.log(2), quarter], rel=1e-6)


def test_a_number_is_as_wide_as_its_known_values_lie_apart() -> None:
    numeric = [[-1.0, NAN, 5.0, *[0.0] * 14], [2.0, NAN, 5.0, *[0.0] * 14], [NAN] * 17]

    width = measure_marginals(songs(numeric)).width

    assert width.tolist() == [3, 1, 1, *[1] * 14]
