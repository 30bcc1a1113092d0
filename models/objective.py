"""What the network is asked for: every field of a song back from a part of them, each by its own likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.epochs import number_ranges
from models.training_settings import MaskSettings, WeightSettings
from songspace.inputs import Inputs
from songspace.schemas import CONTINUOUS, GOOD_FOR, NUMERIC

HEADS = ("continuous", "flags", "genre", "emotion", "artist", "ranking")

LEAST_ENTROPY = 0.05
"""What hardly ever differs tells so little that a share of it would be all noise, in nats."""

LEAST_DIVERGENCE = 0.3
"""Where three songs in four or more share a song's tags, there is next to nothing to rank, in nats."""

STEPS = (1.0, 2.0)
"""What meditation is asked for to reach: at least 1, at least 2."""

Batch = Mapping[str, tf.Tensor]


@dataclass(frozen=True)
class Marginals:
    """What each field is worth where nothing is known of a song."""

    flags: npt.NDArray[np.float32]  # [FLAG_LOGITS] entropies in nats
    genre: float  # entropies in nats
    emotion: float
    artist: float
    width: npt.NDArray[np.float32]  # [17] highest less lowest of each number


def measure_marginals(inputs: Inputs) -> Marginals:
    """Entropies, LEAST_ENTROPY or more, and ranges of the known fields of *inputs*."""
    _, width = number_ranges(inputs)
    return Marginals(
        flags=np.maximum(binary_entropy(shares_on(inputs)), LEAST_ENTROPY).astype(np.float32),
        width=width,
        **{name: entropy(getattr(inputs, name)) for name in ("genre", "emotion", "artist")},
    )


def shares_on(inputs: Inputs) -> npt.NDArray[np.float64]:
    """How often each switch, and each step of meditation, is on where it is known, [FLAG_LOGITS]; 0 if it never is."""
    *switches, steps = inputs.numeric[:, len(CONTINUOUS) :].T
    unknown = np.isnan(steps)
    on = [*switches, *(np.where(unknown, steps, steps >= step) for step in STEPS)]
    known = [np.isfinite(numbers) for numbers in on]
    return np.array(
        [
            numbers[there].sum(dtype=np.float64) / max(there.sum(), 1)
            for numbers, there in zip(on, known, strict=True)
        ]
    )


def binary_entropy(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Entropy in nats of what is so in *share* of the cases."""
    nats = -tf.math.xlogy(share, share) - tf.math.xlog1py(1 - share, -share)
    entropies: npt.NDArray[np.float64] = nats.numpy()
    return entropies


def entropy(ids: npt.NDArray[np.int32]) -> float:
    """Entropy in nats of the known *ids*, [rows] or [rows, tags], LEAST_ENTROPY or more.

    Each of a song's tags is an equal share, as in `genre_error`. 1 where there is nothing to tell apart.
    """
    ids = ids.reshape(len(ids), -1)
    known = ids > 0
    weights = known / np.maximum(known.sum(1, keepdims=True), 1)
    counts = np.bincount(ids.ravel(), weights.ravel())
    shares = counts[counts > 0] / counts.sum()
    nats = float(-(shares * np.log(shares)).sum())
    return max(nats, LEAST_ENTROPY) if len(shares) > 1 else 1.0


def flag_targets(flags: tf.Tensor) -> tf.Tensor:
    """Switches and meditation, [b, 8], as [b, FLAG_LOGITS]: meditation is asked for as at least 1, at least 2.

    So the three steps of meditation keep their order (Frank and Hall, 2001). NaN stays NaN.
    """
    switches, steps = flags[:, : len(GOOD_FOR)], flags[:, len(GOOD_FOR) :]
    unknown = tf.math.is_nan(steps)
    known = [tf.where(unknown, steps, tf.cast(steps >= step, steps.dtype)) for step in STEPS]
    return tf.concat([switches, *known], 1)


def draw_masks(songs: int, seed: tf.Tensor) -> tf.Tensor:
    """By what fields are hidden: a number from 0 to 1 for each of a song's NUMERIC, genre, artist and emotion."""
    return tf.random.stateless_uniform([songs, len(NUMERIC) + 3], seed)


def mask_inputs(batch: Batch, masks: MaskSettings, drawn: tf.Tensor) -> dict[str, tf.Tensor]:
    """Hide fields at random, by what `draw_masks` gave: numbers become NaN, categories id 0."""
    numbers, genre, artist, emotion = tf.split(drawn, [len(NUMERIC), 1, 1, 1], 1)
    return {
        "numeric": tf.where(numbers < masks.numeric, float("nan"), batch["numeric"]),
        "genre": tf.where(genre < masks.genre, 0, batch["genre"]),
        "artist": tf.where(artist[:, 0] < masks.artist, 0, batch["artist"]),
        "emotion": tf.where(emotion[:, 0] < masks.emotion, 0, batch["emotion"]),
    }


def continuous_error(predicted: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Mean squared error over the known standardised features, [b, 9] each: a Gaussian in shares of variance."""
    known = tf.math.is_finite(target)
    return mean_where(tf.square(predicted - tf.where(known, target, 0.0)), known)


def flags_error(logits: tf.Tensor, flags: tf.Tensor, entropies: Any) -> tf.Tensor:
    """Cross-entropy of the known switches, [b, 8], each as a share of the entropy of its marginal."""
    targets = flag_targets(flags)
    known = tf.math.is_finite(targets)
    nats = tf.nn.sigmoid_cross_entropy_with_logits(tf.where(known, targets, 0.0), logits)
    return mean_where(nats / entropies, known)


def genre_error(logits: tf.Tensor, tags: tf.Tensor) -> tf.Tensor:
    """Cross-entropy in nats of the tags, each of a song's tags an equal share; songs without tags do not count.

    A multinomial over the tags, as it ranks better than one Bernoulli a tag (Liang et al., 2018).
    """
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
    ids = bias.shape[0]
    share = tf.cast(tf.shape(negatives)[0], tf.float32) / max(
        ids - 1, 1
    )  # of all but id 0, which is nobody
    raised = tf.gather(bias, negatives) - tf.math.log(share)
    wrong = log_sum_exp(
        tf.concat([direction, tf.ones_like(direction[:, :1])], 1),
        tf.concat([columns(kernel, negatives[None, :], axis=0), raised[None, :]], 0),
        artist[:, None] == negatives[None, :],
    )
    right = tf.reduce_sum(direction * columns(kernel, artist[:, None], axis=1), 1)
    gap = wrong - right - tf.gather(bias, artist)
    return mean_where(tf.nn.softplus(gap), artist > 0)


def log_sum_exp(left: tf.Tensor, right: tf.Tensor, left_out: tf.Tensor) -> tf.Tensor:
    """Log of the sum of exp(*left* @ *right*), [b, n], over what is not *left_out* of each row; [b].

    Its gradient is that of the mean product, weighted by the powers as they stand: so these are computed once, and
    the factor for each row is put on the small matrices. By `tf.custom_gradient` a graph would stay for good, and
    with it the arrays that it reads.
    """
    products = tf.stop_gradient(tf.where(left_out, -1e9, left @ right))
    highest = tf.reduce_max(products, 1, keepdims=True)
    powers = tf.exp(products - highest)
    total = tf.reduce_sum(powers, 1)
    logs = tf.squeeze(highest, 1) + tf.math.log(total)
    mean = tf.reduce_sum(left * tf.matmul(powers, right, transpose_b=True), 1) / total
    return mean + tf.stop_gradient(logs - mean)


def columns(kernel: tf.Tensor, ids: tf.Tensor, axis: int) -> tf.Tensor:
    """The columns *ids* of *kernel*, [d, all ids], its first dimension now along *axis*.

    Number by number: of whole columns the gradient would be wanted transposed, and XLA turns the batch's errors
    round for it, which takes longer than all else about them.
    """
    first = tf.expand_dims(tf.range(kernel.shape[0]) * kernel.shape[1], 1 - axis)
    return tf.gather(tf.reshape(kernel, [-1]), first + ids)


def ranking_error(
    masked: tf.Tensor, known: tf.Tensor, tags: tf.Tensor, hidden: tf.Tensor, temperature: float
) -> tf.Tensor:
    """How far songs with *hidden* tags are from ranking the others by the tags they share: 0 is there, 1 is chance.

    The songs of *masked*, [q, 20], are the first q of those of *known*, [b, 20], which they rank; *tags* are [b, tags].
    ListNet (Cao et al., 2007): the softmax of their cosines against the Jaccard similarities of the
    tags, each row of which is made to sum up to 1. The divergence of the two, song by
    song as a share of that of an even draw: half the songs may have one genre in common, and what there is to
    learn of theirs is little in nats. That of an even draw is taken to be LEAST_DIVERGENCE or more.
    """
    queries = tf.shape(masked)[0]
    others = 1 - tf.eye(queries, tf.shape(tags)[0])
    gains = shared_tags(tags[:queries], tags) * others
    ranked = hidden & tf.reduce_any(gains > 0, 1)
    wanted = tf.math.divide_no_nan(gains, tf.reduce_sum(gains, 1, keepdims=True))
    cosines = tf.matmul(masked, known, transpose_b=True)
    nats = wanted * tf.nn.log_softmax(tf.where(others > 0, cosines / temperature, -1e9))
    certain = tf.reduce_sum(tf.math.xlogy(wanted, wanted), 1)  # less the entropy of what is wanted
    gap = certain - tf.reduce_sum(nats, 1)
    even = certain + tf.math.log(tf.reduce_sum(others, 1))
    return mean_where(gap / tf.maximum(even, LEAST_DIVERGENCE), ranked)


def shared_tags(tags: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """Jaccard similarity of the tag sets of all pairs, [q, b]; 0 where one has none."""
    there = first_of_its_kind(tags)
    shared = [
        among(tag, others) & known[:, None]
        for tag, known in zip(tf.unstack(tags, axis=1), tf.unstack(there, axis=1), strict=True)
    ]
    both = tf.add_n([tf.cast(tag, tf.float32) for tag in shared])
    number, other = (
        tf.reduce_sum(tf.cast(known, tf.float32), 1) for known in (there, first_of_its_kind(others))
    )
    return tf.math.divide_no_nan(both, number[:, None] + other[None, :] - both)


def among(tag: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """Whether each *tag*, [q], is one of those of each of *others*, [b, tags]; [q, b].

    Place by place: a reduction over all four of them takes XLA three times as long.
    """
    same = [tag[:, None] == other for other in tf.unstack(others, axis=1)]
    return reduce(tf.logical_or, same)


def first_of_its_kind(tags: tf.Tensor) -> tf.Tensor:
    """Which tags of each song are known and not given before, as in "pop,pop"; [b, tags]."""
    earlier = np.tri(tags.shape[1], k=-1, dtype=np.bool_)
    again = tf.reduce_any((tags[:, :, None] == tags[:, None, :]) & earlier, 2)
    return (tags > 0) & ~again


def mean_where(values: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Mean of the chosen values, 0 where none is."""
    weights = tf.cast(chosen, values.dtype)
    return tf.math.divide_no_nan(
        tf.reduce_sum(tf.where(chosen, values, 0.0)), tf.reduce_sum(weights)
    )


def total_loss(errors: Batch, weights: WeightSettings) -> tf.Tensor:
    """Weighted sum of the heads, each in shares of what its marginal leaves open."""
    return tf.add_n([getattr(weights, head) * errors[head] for head in HEADS])


def predicted_numbers(outputs: Batch) -> tf.Tensor:
    """The 17 numbers that the outputs stand for, [b, 17]: standardised features, probabilities, a mean of 0 to 2."""
    flags = tf.sigmoid(outputs["flags"])
    switches, steps = flags[:, : len(GOOD_FOR)], flags[:, len(GOOD_FOR) :]
    return tf.concat([outputs["continuous"], switches, tf.reduce_sum(steps, 1, keepdims=True)], 1)


def unit_range_mse(predicted: tf.Tensor, target: tf.Tensor, width: Any) -> tf.Tensor:
    """Mean squared error of the known ones of the 17 numbers, [b, 17] each, in shares of the *width* of each."""
    known = tf.math.is_finite(target)
    gap = (predicted - tf.where(known, target, 0.0)) / width
    return mean_where(tf.square(gap), known)
