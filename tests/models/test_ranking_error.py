"""Ranking other songs by shared tags, on a few songs whose cosines are given by hand."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.objective import LEAST_DIVERGENCE, ranking_error, shared_tags

TEMPERATURE = 0.2

# The first song shares all with the second and half with the third, and nothing with the fourth.
TAGS = [[1, 0, 0, 0], [1, 0, 0, 0], [1, 2, 0, 0], [3, 0, 0, 0]]
FIRST = [True, False, False, False]
NEVER = -100.0


def error(
    cosines: list[float], tags: list[list[int]] = TAGS, hidden: list[bool] = FIRST
) -> tuple[float, Any]:
    """The error where each song has these cosines with the others, and its gradient by them."""
    known = tf.Variable([[cosine] for cosine in cosines])
    with tf.GradientTape() as tape:
        cost = ranking_error(
            tf.ones([len(tags), 1]), known, tf.constant(tags), tf.constant(hidden), TEMPERATURE
        )
    return float(cost), tape.gradient(cost, known).numpy()[:, 0]


def test_ranking_costs_nothing_where_the_cosines_say_how_much_is_shared() -> None:
    """Two thirds to one third: the cosines lie apart by the logarithm of 2, times the temperature."""
    cost, gradient = error([0.0, 0.5 + TEMPERATURE * np.log(2), 0.5, NEVER])

    assert cost == pytest.approx(0, abs=1e-6)
    assert gradient == pytest.approx(0, abs=1e-6)


def test_even_cosines_cost_1() -> None:
    cost, _ = error([0.3] * 4)

    assert cost == pytest.approx(1)


def test_the_wrong_order_costs_more_than_chance_and_a_better_one_less() -> None:
    worse, _ = error([0.0, 0.0, 0.0, 0.5])
    better, _ = error([0.0, 0.5, 0.4, 0.0])

    assert worse > 1
    assert 0 < better < 1


def test_a_cosine_is_pulled_up_where_much_is_shared() -> None:
    _, gradient = error([0.3] * 4)

    assert gradient[1] < gradient[2] < 0 < gradient[3]


def test_a_song_never_ranks_itself() -> None:
    near, gradient = error([0.9, 0.1, 0.2, 0.3])
    far, _ = error([-0.9, 0.1, 0.2, 0.3])

    assert near == far
    assert gradient[0] == 0


def test_songs_whose_tags_are_known_do_not_count() -> None:
    cost, gradient = error([0.1, 0.2, 0.3, 0.4], hidden=[False] * 4)

    assert cost == 0
    assert not gradient.any()


def test_songs_without_tags_or_that_share_none_do_not_count() -> None:
    tags = [*TAGS, [0, 0, 0, 0]]
    cosines = [0.1, 0.2, 0.3, 0.4, 0.5]

    alone, _ = error(cosines, tags, hidden=[True, False, False, False, False])
    with_both, _ = error(cosines, tags, hidden=[True, False, False, True, True])

    assert with_both == alone


def test_hidden_songs_count_alike() -> None:
    """However much there is to rank by their tags: the third shares half with two songs, the first more with one."""
    cosines, third = [0.1, 0.2, 0.3, 0.4], [False, False, True, False]

    both, _ = error(cosines, hidden=[True, False, True, False])

    each = [error(cosines, hidden=hidden)[0] for hidden in (FIRST, third)]
    assert each[0] != pytest.approx(each[1])
    assert both == pytest.approx(np.mean(each))


def test_a_few_songs_may_rank_many() -> None:
    cosines = [0.1, 0.2, 0.3, 0.4]
    known = tf.constant([[cosine] for cosine in cosines])

    first = ranking_error(
        tf.ones([1, 1]), known, tf.constant(TAGS), tf.constant([True]), TEMPERATURE
    )

    assert float(first) == pytest.approx(error(cosines)[0])


@pytest.mark.parametrize("songs", [1, 2])
def test_a_batch_too_small_to_rank_costs_nothing(songs: int) -> None:
    cost, gradient = error([0.5] * songs, [[1, 0, 0, 0]] * songs, [True] * songs)

    assert cost == 0
    assert not gradient.any()


def test_where_all_songs_have_the_same_tags_even_cosines_are_right() -> None:
    tags, hidden = [[1, 0, 0, 0]] * 200, [True] * 200
    uneven = [0.0] * 100 + [2 * TEMPERATURE] * 100

    even_cost, _ = error([0.3] * 200, tags, hidden)
    uneven_cost, _ = error(uneven, tags, hidden)

    # An even draw, coded as if half of the songs were e squared times as likely.
    too_sure = np.log((1 + np.exp(2)) / 2) - 1
    assert even_cost == pytest.approx(0, abs=1e-3)
    assert uneven_cost == pytest.approx(too_sure / LEAST_DIVERGENCE, rel=0.02)


def test_shared_tags_are_the_jaccard_of_each_pair() -> None:
    tags = tf.constant([[1, 2, 0, 0], [1, 3, 0, 0], [2, 1, 0, 0], [4, 0, 0, 0], [0, 0, 0, 0]])

    shared = shared_tags(tags, tags).numpy()

    assert np.array_equal(shared_tags(tags[:2], tags), shared[:2])
    third = pytest.approx(1 / 3)
    assert shared[0].tolist() == [1, third, 1, 0, 0]
    assert shared[4].tolist() == [0] * 5
    assert np.array_equal(shared, shared.T)


def test_a_tag_that_is_given_twice_counts_once() -> None:
    tags = tf.constant([[1, 1, 0, 0], [1, 2, 2, 0]])

    shared = shared_tags(tags, tags).numpy()

    assert shared.tolist() == [[1, 0.5], [0.5, 1]]
