"""What a cosine means in a catalogue: the share of all pairs of songs that are less alike."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from songspace.inputs import Floats

SEED: Final = 0
SIDES: Final = (512, 16_384)
"""Songs that are compared with one another: eight million pairs."""

BINS: Final = 20_000
"""From -1 to 1: a cosine is told apart from one that differs by .0001."""


class Closeness:
    """Turns cosines into percentiles among the pairs of songs of one catalogue.

    Calibrated: of two songs drawn at random, p per cent stand at a percentile of p or below.
    """

    def __init__(self, vectors: Floats) -> None:
        """*vectors* [n, d] of unit length."""
        drawn = np.random.default_rng(SEED).permutation(len(vectors))
        few = drawn[: min(SIDES[0], max(len(vectors) // 2, 1))]
        many = drawn[len(few) :][: SIDES[1]] if len(vectors) > 1 else few
        counts = np.zeros(BINS + 1, np.int64)
        for row in vectors[few] @ vectors[many].T:
            counts += np.bincount(_bins(row), minlength=BINS + 1)
        below = np.cumsum(counts) - counts
        self._percentile = 100 * (below + counts / 2) / counts.sum()

    def percentile(self, cosines: Floats) -> npt.NDArray[np.float64]:
        """For each cosine, per cent of the pairs of songs that are less alike, 0 to 100."""
        found: npt.NDArray[np.float64] = self._percentile[_bins(cosines)]
        return found


def _bins(cosines: Floats) -> npt.NDArray[np.intp]:
    """In which bin each cosine falls."""
    bins: npt.NDArray[np.intp] = np.clip((cosines + 1) * (BINS / 2), 0, BINS).astype(np.intp)
    return bins
