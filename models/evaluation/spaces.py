"""Spaces that need no training: the least that a trained one must beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from models.picking import Floats, Integers
from songspace.inputs import Inputs

Space: TypeAlias = Callable[[Inputs], Floats]
"""From songs to their places, [rows, d], each of unit length."""

DIMENSIONS: Final = 20

# Eight splits of 12,877 real tracks: neighbours of known queries share the sub-genre in 45 % of cases, the emotion in
# 41 %, and lie at 38 % of a random distance. Tags at 2 give 39 %, 41 %, 37 %; at 3 69 %, 41 %, 41 %; and with
# emotions as large as tags nine of ten neighbours share the emotion.
TAG_SCALE: Final = np.float32(2.5)
EMOTION_SCALE: Final = np.float32(0.5)

SONGS_FITTED: Final = 20_000
"""Songs that PCA is fitted on: with some 1,500 tags they fill 120 MB."""


@dataclass(frozen=True)
class ZScores:
    """The 17 numbers at zero mean and unit variance; an unknown one is at the mean."""

    mean: Floats  # [17]
    sd: Floats  # [17], 1 for a constant number

    def __call__(self, inputs: Inputs) -> Floats:
        """The z-scores, [rows, 17]."""
        scores: Floats = inputs.numeric - self.mean
        scores /= self.sd
        return np.nan_to_num(scores, copy=False)


def fit_z_scores(inputs: Inputs) -> ZScores:
    """Mean and population standard deviation of the known numbers."""
    mean, sd = np.array([spread_of_known(column) for column in inputs.numeric.T], np.float32).T
    return ZScores(mean, sd)


def spread_of_known(numbers: Floats) -> tuple[float, float]:
    """Mean and deviation of one of the numbers; a deviation of 1 where there is none."""
    known = numbers[np.isfinite(numbers)].astype(np.float64)
    return (known.mean(), known.std() or 1.0) if len(known) else (0.0, 1.0)


def cosine_space(z_scores: ZScores) -> Space:
    """The direction of the z-scored numbers; knows no artist, genre or emotion."""

    def place(inputs: Inputs) -> Floats:
        return unit_length(z_scores(inputs))

    return place


@dataclass(frozen=True)
class PcaSpace:
    """Principal components of z-scores, tags and emotion; what is unknown of a song is taken at its mean."""

    z_scores: ZScores
    numeric: Floats  # [17, d]
    genre: Floats  # [tags, d]: what each tag adds; row 0 is nought
    emotion: Floats  # [emotions, d]
    mean_genre: Floats  # [d]: what the mean song's tags add
    mean_emotion: Floats  # [d]

    def __call__(self, inputs: Inputs) -> Floats:
        """Places of unit length, [rows, d]."""
        places: Floats = self.z_scores(inputs) @ self.numeric
        for tags in inputs.genre.T:
            places += self.genre[tags]
        places -= self.mean_genre * (inputs.genre > 0).any(1, keepdims=True)
        places += self.emotion[inputs.emotion]
        places -= self.mean_emotion * (inputs.emotion > 0)[:, None]
        return unit_length(places)


def fit_pca(inputs: Inputs, fitted: Integers, z_scores: ZScores, seed: int) -> PcaSpace:
    """Fit the components on the songs of *fitted*, SONGS_FITTED of them at most, drawn by *seed*."""
    drawn = np.sort(np.random.default_rng(seed).permutation(fitted)[:SONGS_FITTED])
    known = inputs.take(drawn)
    tags = one_hots(known.genre, int(inputs.genre.max(initial=0)))
    emotions = one_hots(known.emotion[:, None], int(inputs.emotion.max(initial=0)))
    blocks = [z_scores(known), tags * TAG_SCALE, emotions * EMOTION_SCALE]
    table = np.hstack(blocks)

    from sklearn.decomposition import PCA  # no cached run waits for it

    pca = PCA(min(DIMENSIONS, *table.shape), svd_solver="randomized", random_state=seed).fit(table)
    borders = np.cumsum([block.shape[1] for block in blocks])[:-1]
    numeric, genre, emotion = np.split(pca.components_.T, borders)
    _, mean_tags, mean_emotions = np.split(pca.mean_, borders)
    return PcaSpace(
        z_scores=z_scores,
        numeric=numeric,
        genre=np.pad(genre * TAG_SCALE, ((1, 0), (0, 0))),
        emotion=np.pad(emotion * EMOTION_SCALE, ((1, 0), (0, 0))),
        mean_genre=mean_tags @ genre,
        mean_emotion=mean_emotions @ emotion,
    )


def one_hots(ids: npt.NDArray[np.int32], largest: int) -> Floats:
    """A row with a 1 for each of the ids [rows, width] of a song, from 1 to *largest*; 0 is no id."""
    table = np.zeros((len(ids), largest + 1), np.float32)
    np.put_along_axis(table, ids, 1, axis=1)
    return table[:, 1:]


def unit_length(places: Floats) -> Floats:
    """*places* at length 1; one at the origin stays there."""
    length = np.sqrt(np.einsum("rd,rd->r", places, places))[:, None]  # without the squares of all
    return (places / np.where(length > 0, length, 1)).astype(np.float32, copy=False)
