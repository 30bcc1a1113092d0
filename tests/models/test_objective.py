"""The errors of the heads, on numbers that can be checked by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.objective import (
    HEADS,
    artist_error,
    continuous_error,
    draw_masks,
    emotion_error,
    flag_targets,
    flags_error,
    genre_error,
    log_sum_exp,
    mask_inputs,
    predicted_numbers,
    total_loss,
    unit_range_mse,
)
from models.training_settings import MaskSettings, WeightSettings

NAN = float("nan")
EVEN = np.full(9, np.log(2), np.float32)
"""Entropies of switches that are on in half of the cases."""


def test_unknown_numbers_do_not_count() -> None:
    error = continuous_error(tf.constant([[1.0, 5.0]]), tf.constant([[3.0, NAN]]))

    assert float(error) == pytest.approx(4.0)


def test_a_batch_of_unknown_numbers_costs_nothing() -> None:
    assert float(continuous_error(tf.constant([[1.0]]), tf.constant([[NAN]]))) == 0.0


def test_predicting_the_mean_of_standardised_numbers_costs_1() -> None:
    rare = np.sqrt([3, 1 / 3])
    standardised = [[-1.0, rare[0]], [1.0, -rare[1]], [-1.0, -rare[1]], [1.0, -rare[1]]]

    error = continuous_error(tf.zeros([4, 2]), tf.constant(standardised, tf.float32))

    assert float(error) == pytest.approx(1)


def test_meditation_is_asked_for_as_two_steps_in_order() -> None:
    flags = tf.constant([[0.0] * 7 + [steps] for steps in (0.0, 1.0, 2.0)])

    targets = flag_targets(flags).numpy()

    assert targets[:, 7:].tolist() == [[0, 0], [1, 0], [1, 1]]
    assert targets.shape == (3, 9)


def test_a_switch_is_asked_for_as_it_is_and_unknown_where_it_is_unknown() -> None:
    targets = flag_targets(tf.constant([[1.0, 0.0, NAN, 1.0, 0.0, 0.0, 0.0, NAN]])).numpy()[0]

    assert targets[[0, 1, 3]].tolist() == [1, 0, 1]
    assert np.flatnonzero(np.isnan(targets)).tolist() == [2, 7, 8]


def test_a_switch_costs_its_cross_entropy_in_shares_of_its_marginals() -> None:
    logits = tf.fill([1, 9], float(np.log(3)))  # three in four
    flags = tf.constant([[1.0] + [NAN] * 7])

    error = flags_error(logits, flags, EVEN)

    assert float(error) == pytest.approx(-np.log(3 / 4) / np.log(2), rel=1e-5)


def test_predicting_how_often_switches_are_on_costs_1() -> None:
    """The first is on in a quarter of the songs, the second in half of them; of the others nothing is known."""
    flags = np.full((4, 8), NAN, np.float32)
    flags[:, 0], flags[:, 1] = [1, 0, 0, 0], [1, 1, 0, 0]
    quarter = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    logits = tf.tile([[np.log(1 / 3), *[0.0] * 8]], [4, 1])

    error = flags_error(tf.cast(logits, tf.float32), tf.constant(flags), [quarter, *EVEN[1:]])

    assert float(error) == pytest.approx(1, abs=1e-6)


def test_unknown_switches_do_not_count() -> None:
    unknown = tf.fill([5, 8], NAN)
    known = tf.zeros([1, 8])
    logits = tf.fill([1, 9], 3.0)

    alone = flags_error(logits, known, EVEN)
    among_unknown = flags_error(tf.tile(logits, [6, 1]), tf.concat([known, unknown], 0), EVEN)

    assert float(among_unknown) == pytest.approx(float(alone), rel=1e-6)
    assert float(flags_error(tf.zeros([5, 9]), unknown, EVEN)) == 0.0


@pytest.mark.parametrize(
    "error",
    [
        lambda predicted: continuous_error(predicted, tf.constant([[0.0] + [NAN] * 8])),
        lambda predicted: flags_error(predicted, tf.constant([[0.0] + [NAN] * 7]), EVEN),
    ],
    ids=["continuous", "flags"],
)
def test_what_is_unknown_pulls_at_no_weight(error: Callable[[Any], Any]) -> None:
    predicted = tf.Variable(tf.ones([1, 9]))
    with tf.GradientTape() as tape:
        cost = error(predicted)

    gradient = tape.gradient(cost, predicted).numpy()[0]

    assert gradient[0] > 0.5
    assert gradient[1:].tolist() == [0] * 8


def test_an_even_guess_costs_the_logarithm_of_the_choices() -> None:
    genre = genre_error(tf.zeros([1, 8]), tf.constant([[3, 5, 0, 0]]))
    emotion = emotion_error(tf.zeros([1, 6]), tf.constant([2]))

    assert float(genre) == pytest.approx(np.log(8))
    assert float(emotion) == pytest.approx(np.log(6))


def test_each_tag_of_a_song_has_an_equal_share() -> None:
    logits = tf.math.log([[0.1, 0.6, 0.3]])

    error = genre_error(logits, tf.constant([[1, 2, 0, 0]]))

    assert float(error) == pytest.approx(-(np.log(0.6) + np.log(0.3)) / 2, rel=1e-5)


def test_songs_of_unknown_category_do_not_count() -> None:
    logits = tf.constant([[0.0, 0.0], [0.0, 9.0]])

    assert float(emotion_error(logits, tf.constant([1, 0]))) == pytest.approx(np.log(2))
    assert float(genre_error(logits, tf.constant([[1, 0], [0, 0]]))) == pytest.approx(np.log(2))
    assert float(genre_error(logits, tf.constant([[0, 0], [0, 0]]))) == 0.0


def test_sampled_softmax_over_all_artists_is_the_full_softmax() -> None:
    drawn = np.random.default_rng(0)
    direction = tf.constant(drawn.standard_normal((5, 3)), tf.float32)
    kernel = tf.constant(drawn.standard_normal((3, 7)), tf.float32)
    bias = tf.constant(drawn.standard_normal(7), tf.float32)
    artist = tf.constant([1, 2, 3, 4, 5])

    sampled = artist_error(direction, kernel, bias, artist, tf.range(1, 7))

    logits = direction @ kernel[:, 1:] + bias[1:]
    full = tf.nn.sparse_softmax_cross_entropy_with_logits(artist - 1, logits)
    assert float(sampled) == pytest.approx(float(tf.reduce_mean(full)), rel=1e-5)


def test_the_gradient_of_a_log_sum_is_that_of_its_terms() -> None:
    drawn = np.random.default_rng(0)
    left = tf.Variable(drawn.standard_normal((5, 3)), dtype=tf.float32)
    right = tf.Variable(drawn.standard_normal((3, 7)), dtype=tf.float32)
    left_out = tf.constant(drawn.random((5, 7)) < 0.3)
    weights = tf.constant(drawn.standard_normal(5), tf.float32)

    with tf.GradientTape(persistent=True) as tape:
        by_hand = log_sum_exp(left, right, left_out)
        of_terms = tf.reduce_logsumexp(tf.where(left_out, -np.inf, left @ right), 1)
        costs = [tf.reduce_sum(weights * logs) for logs in (by_hand, of_terms)]

    np.testing.assert_allclose(by_hand, of_terms, rtol=1e-5)
    found, expected = (tape.gradient(cost, [left, right]) for cost in costs)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("product", [300.0, -300.0])
def test_a_log_sum_of_what_no_float_holds_is_one(product: float) -> None:
    logs = log_sum_exp(tf.constant([[product]]), tf.ones([1, 2]), tf.constant([[False, False]]))

    assert float(logs[0]) == pytest.approx(product + np.log(2))


def test_sampled_artists_stand_for_all_artists() -> None:
    """Two of four wrong artists are drawn: each counts twice."""
    direction = tf.constant([[1.0]])
    kernel = tf.constant([[9.0, 2.0, 0.5, -1.0, 3.0]])  # id 0 is nobody

    error = artist_error(direction, kernel, tf.zeros(5), tf.constant([1]), tf.constant([2, 3]))

    expected = np.log(np.exp(2) + 2 * (np.exp(0.5) + np.exp(-1))) - 2
    assert float(error) == pytest.approx(expected, rel=1e-5)


def test_an_artist_that_was_drawn_is_not_wrong_for_its_own_songs() -> None:
    kernel = tf.constant([[0.0, 2.0, 0.5]])

    error = artist_error(
        tf.constant([[1.0]]), kernel, tf.zeros(3), tf.constant([1]), tf.constant([1, 2])
    )

    assert float(error) == pytest.approx(np.log(np.exp(2) + np.exp(0.5)) - 2, rel=1e-5)


def test_songs_of_unknown_artists_do_not_count() -> None:
    kernel, negatives = tf.constant([[5.0, 0.0, 0.0]]), tf.constant([1, 2])
    directions = tf.ones([2, 1])

    error = artist_error(directions, kernel, tf.zeros(3), tf.constant([1, 0]), negatives)

    assert float(error) == pytest.approx(np.log(2))


def test_where_no_artist_is_known_there_is_nothing_to_tell_apart() -> None:
    direction, nobody = tf.Variable(tf.ones([3, 2])), tf.zeros([3], tf.int32)
    with tf.GradientTape() as tape:
        error = artist_error(direction, tf.ones([2, 1]), tf.zeros(1), nobody, nobody)

    assert float(error) == 0.0
    assert not tape.gradient(error, direction).numpy().any()


def shown(songs: int = 400) -> dict[str, tf.Tensor]:
    """Songs of which all is known."""
    return {
        "numeric": tf.ones([songs, 17]),
        "genre": tf.tile([[3, 4, 0, 0]], [songs, 1]),
        "artist": tf.ones([songs], tf.int32),
        "emotion": tf.ones([songs], tf.int32),
    }


def drawn(step: int = 2) -> tf.Tensor:
    """By what those songs' fields are hidden at a step."""
    return draw_masks(len(shown()["artist"]), tf.constant([1, step]))


def test_masking_hides_shares_of_the_songs_and_of_single_numbers() -> None:
    masks = MaskSettings(genre=0.8, artist=0.3, emotion=0.5, numeric=0.1)

    masked = mask_inputs(shown(), masks, drawn())

    hidden = {name: np.mean(masked[name] == 0) for name in ("artist", "emotion")}
    assert hidden == pytest.approx({"artist": 0.3, "emotion": 0.5}, abs=0.1)
    assert np.isnan(masked["numeric"]).mean() == pytest.approx(0.1, abs=0.02)
    assert (masked["genre"][:, 0].numpy() == 0).mean() == pytest.approx(0.8, abs=0.1)


def test_masking_hides_all_tags_of_a_song_or_none() -> None:
    masks = MaskSettings(genre=0.5, artist=0, emotion=0, numeric=0)

    masked = mask_inputs(shown(), masks, drawn())["genre"].numpy()

    assert {tuple(tags) for tags in masked} == {(3, 4, 0, 0), (0, 0, 0, 0)}


@pytest.mark.parametrize(("share", "left"), [(0, 1), (1, 0)])
def test_masking_may_hide_nothing_or_everything(share: int, left: int) -> None:
    masks = MaskSettings(genre=share, artist=share, emotion=share, numeric=share)

    masked = mask_inputs(shown(), masks, drawn())

    assert np.isfinite(masked["numeric"]).mean() == left
    assert all(np.array_equal(masked[name], left * shown()[name]) for name in ("artist", "emotion"))
    assert np.array_equal(masked["genre"], left * shown()["genre"])


def test_fields_are_hidden_apart_from_one_another_and_anew_by_another_seed() -> None:
    masks = MaskSettings(genre=0.5, artist=0.5, emotion=0.5, numeric=0.5)

    one, other = (mask_inputs(shown(), masks, drawn(step)) for step in (2, 3))

    assert not np.array_equal(one["artist"], one["emotion"])
    assert not np.array_equal(one["artist"], other["artist"])


def test_heads_are_weighed() -> None:
    weights = WeightSettings(continuous=1, flags=2, genre=4, emotion=8, artist=16, ranking=32)
    errors = {head: tf.constant(10.0**place) for place, head in enumerate(HEADS)}

    loss = total_loss(errors, weights)

    assert HEADS == ("continuous", "flags", "genre", "emotion", "artist", "ranking")
    assert float(loss) == 1 + 20 + 400 + 8_000 + 160_000 + 3_200_000


def test_switches_are_predicted_as_probabilities_and_meditation_as_its_mean() -> None:
    outputs = {
        "continuous": tf.fill([1, 9], 7.0),
        "flags": tf.constant([[0.0] * 7 + [float(np.log(3)), -float(np.log(3))]]),
    }

    numbers = predicted_numbers(outputs).numpy()[0]

    assert numbers == pytest.approx([7] * 9 + [0.5] * 7 + [0.75 + 0.25])


def test_the_squared_error_of_numbers_is_on_a_scale_of_0_to_1() -> None:
    """Half of a range of 4 is a quarter, the whole of one of 1 is 1; what is unknown does not count."""
    width = np.array([4, 1, 1], np.float32)

    error = unit_range_mse(tf.constant([[2.0, 0.0, 5.0]]), tf.constant([[0.0, 1.0, NAN]]), width)

    assert float(error) == pytest.approx((0.25 + 1) / 2)
