"""The loss, on numbers that can be checked by hand."""

import numpy as np
import pytest
import tensorflow as tf

from models.objective import (
    artist_error,
    emotion_error,
    genre_error,
    mask_inputs,
    numeric_error,
    total_loss,
)
from models.training_settings import ObjectiveSettings

NAN = float("nan")


def test_unknown_numbers_do_not_count() -> None:
    error = numeric_error(tf.constant([[1.0, 5.0]]), tf.constant([[3.0, NAN]]))

    assert float(error) == pytest.approx(4.0)


def test_a_batch_of_unknown_numbers_costs_nothing() -> None:
    assert float(numeric_error(tf.constant([[1.0]]), tf.constant([[NAN]]))) == 0.0


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
    assert float(genre_error(logits, tf.constant([[0, 0], [0, 0]]))) == 0.0


def test_sampled_softmax_over_all_artists_is_the_full_softmax() -> None:
    drawn = np.random.default_rng(0)
    direction = tf.constant(drawn.standard_normal((5, 3)), tf.float32)
    kernel = tf.constant(drawn.standard_normal((3, 7)), tf.float32)
    artist = tf.constant([1, 2, 3, 4, 5])

    sampled = artist_error(direction, kernel, tf.zeros(7), artist, tf.range(1, 7))

    full = tf.nn.sparse_softmax_cross_entropy_with_logits(artist - 1, direction @ kernel[:, 1:])
    assert float(sampled) == pytest.approx(float(tf.reduce_mean(full)), rel=1e-5)


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


def test_masking_hides_what_it_is_asked_to_and_nothing_else() -> None:
    batch = {
        "numeric": tf.ones([100, 17]),
        "genre": tf.ones([100, 4], tf.int32),
        "artist": tf.ones([100], tf.int32),
        "emotion": tf.ones([100], tf.int32),
    }
    settings = ObjectiveSettings(
        genre_masked=1, artist_masked=0, emotion_masked=0.5, numeric_masked=0.1
    )

    masked = mask_inputs(batch, settings, tf.constant([1, 2]))

    assert int(tf.reduce_sum(masked["genre"])) == 0
    assert int(tf.reduce_sum(masked["artist"])) == 100
    assert 30 < int(tf.reduce_sum(masked["emotion"])) < 70
    assert 100 < int(tf.reduce_sum(tf.cast(tf.math.is_nan(masked["numeric"]), tf.int32))) < 240


def test_heads_are_weighed_and_categories_measured_in_shares_of_their_entropy() -> None:
    errors = {name: tf.constant(1.0) for name in ("numeric", "genre", "artist", "emotion")}
    settings = ObjectiveSettings(
        numeric_weight=3, genre_weight=5, artist_weight=7, emotion_weight=11
    )

    loss = total_loss(errors, settings, {"genre": 2.0, "artist": 4.0, "emotion": 8.0})

    assert float(loss) == pytest.approx(3 + 5 / 2 + 7 / 4 + 11 / 8)
