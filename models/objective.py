"""What the network is asked for: every field of a song back, from a part of them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from models.training_settings import ObjectiveSettings

HEADS = ("numeric", "genre", "emotion", "artist")


def mask_inputs(
    batch: dict[str, tf.Tensor], settings: ObjectiveSettings, seed: tf.Tensor
) -> dict[str, tf.Tensor]:
    """Hide fields at random: numbers become NaN, categories id 0; *seed* is int32 [2]."""
    rows = tf.shape(batch["artist"])[0]

    def hidden(salt: int, share: float, shape: Any) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, tf.random.fold_in(seed, salt)) < share

    no_genre = hidden(1, settings.genre_masked, [rows, 1])
    return {
        "numeric": tf.where(
            hidden(0, settings.numeric_masked, tf.shape(batch["numeric"])),
            float("nan"),
            batch["numeric"],
        ),
        "genre": tf.where(no_genre, 0, batch["genre"]),
        "artist": tf.where(hidden(2, settings.artist_masked, [rows]), 0, batch["artist"]),
        "emotion": tf.where(hidden(3, settings.emotion_masked, [rows]), 0, batch["emotion"]),
    }


def numeric_error(predicted: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Mean squared error over the known numbers of a batch, [b, 17] each."""
    known = tf.math.is_finite(target)
    squares = tf.where(known, tf.square(predicted - tf.where(known, target, 0.0)), 0.0)
    return tf.math.divide_no_nan(tf.reduce_sum(squares), tf.reduce_sum(tf.cast(known, tf.float32)))


def genre_error(logits: tf.Tensor, tags: tf.Tensor) -> tf.Tensor:
    """Cross-entropy in nats of the tags, each of a song's tags an equal share; songs without tags do not count."""
    known = tf.cast(tags > 0, tf.float32)  # [b, tags]
    likelihoods = tf.gather(tf.nn.log_softmax(logits), tags, batch_dims=1)  # [b, tags]
    per_song = tf.math.divide_no_nan(
        tf.reduce_sum(-likelihoods * known, 1), tf.reduce_sum(known, 1)
    )
    return mean_where(per_song, tf.reduce_any(tags > 0, axis=1))


def emotion_error(logits: tf.Tensor, emotion: tf.Tensor) -> tf.Tensor:
    """Cross-entropy in nats of the emotion; songs without one do not count."""
    return mean_where(tf.nn.sparse_softmax_cross_entropy_with_logits(emotion, logits), emotion > 0)


def artist_error(
    direction: tf.Tensor,
    kernel: tf.Tensor,
    bias: tf.Tensor,
    artist: tf.Tensor,
    negatives: tf.Tensor,
) -> tf.Tensor:
    """Sampled softmax in nats: the right artist against *negatives*, drawn evenly and shared by the batch.

    The sampled logits are raised by log(artists / negatives), so that the sum over them estimates the sum over all
    (Bengio and Senecal, 2008). Songs of unknown artists do not count.
    """
    table = tf.transpose(kernel)  # [artists, 20]
    right = tf.reduce_sum(direction * tf.gather(table, artist), 1) + tf.gather(bias, artist)  # [b]
    wrong = tf.matmul(direction, tf.gather(table, negatives), transpose_b=True) + tf.gather(
        bias, negatives
    )
    known = tf.cast(tf.shape(bias)[0] - 1, tf.float32)  # id 0 is nobody, and never drawn
    share = tf.cast(tf.shape(negatives)[0], tf.float32) / known
    same = artist[:, None] == negatives[None, :]
    wrong = tf.where(same, -1e9, wrong - tf.math.log(share))  # [b, negatives]
    everything = tf.reduce_logsumexp(tf.concat([right[:, None], wrong], 1), 1)
    return mean_where(everything - right, artist > 0)


def mean_where(values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Mean of the chosen values, 0 where none is."""
    weights = tf.cast(chosen, values.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(values * weights), tf.reduce_sum(weights))


def total_loss(
    errors: dict[str, tf.Tensor], settings: ObjectiveSettings, entropies: dict[str, float]
) -> tf.Tensor:
    """Weighted sum of the heads, each category measured in shares of the entropy of its marginal."""
    return (
        settings.numeric_weight * errors["numeric"]
        + settings.genre_weight * errors["genre"] / entropies["genre"]
        + settings.artist_weight * errors["artist"] / entropies["artist"]
        + settings.emotion_weight * errors["emotion"] / entropies["emotion"]
    )
