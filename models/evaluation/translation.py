"""Songs as the encoder of an earlier release would have encoded them."""

from __future__ import annotations

import numpy as np

from songspace.features import FeatureEncoder, Scaler
from songspace.inputs import Inputs, Integers
from songspace.schemas import CONTINUOUS
from songspace.vocabulary import Vocabulary


def translate(inputs: Inputs, today: FeatureEncoder, earlier: FeatureEncoder) -> Inputs:
    """*inputs* that *today* encoded, as *earlier* would have: what it did not know is unknown."""
    return Inputs(
        numeric=rescale(inputs.numeric, today.scaler, earlier.scaler),
        artist=ids_between(today.artist, earlier.artist)[inputs.artist],
        genre=ids_between(today.genre, earlier.genre)[inputs.genre],
        emotion=ids_between(today.emotion, earlier.emotion)[inputs.emotion],
    )


def rescale(
    numeric: np.ndarray[tuple[int, ...], np.dtype[np.float32]], today: Scaler, earlier: Scaler
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The continuous features on another scale; the switches have none."""
    measured, switches = np.split(numeric.astype(np.float64), [len(CONTINUOUS)], axis=1)
    raw = measured * np.array(today.sd) + np.array(today.mean)
    other = (raw - np.array(earlier.mean)) / np.array(earlier.sd)
    return np.concatenate([other, switches], axis=1).astype(np.float32)


def ids_between(today: Vocabulary, earlier: Vocabulary) -> Integers:
    """The earlier id of each of today's, [today.size]; 0 for what was not known."""
    known = {token: number for number, token in enumerate(earlier.tokens, start=1)}
    return np.array([0, *(known.get(token, 0) for token in today.tokens)], np.int32)
