"""Which songs are fitted on, which are held out, and in which order they are shown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.training_settings import TrainSettings

Rows = npt.NDArray[np.int32]


def split_songs(
    groups: npt.NDArray[np.int64], validation_share: float, seed: int
) -> tuple[Rows, Rows]:
    """Row numbers to fit on and to validate on, each at least one.

    Songs of one of *groups*, [rows], are all on one side: a clone that was fitted tells nothing of
    new songs. Where all are clones of one another, every song stands for itself.
    """
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) == 1:
        group, sizes = np.arange(len(groups)), np.ones(len(groups), np.int64)
    wanted = max(round(len(groups) * validation_share), 1)
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    fitting = drawn[sizes[drawn] <= wanted]
    held_out = fitting[np.cumsum(sizes[fitting]) <= min(wanted, len(groups) - 1)]
    if not len(held_out):
        held_out = np.array([sizes.argmin()])
    validated = np.isin(group, held_out)
    return np.flatnonzero(~validated).astype(np.int32), np.flatnonzero(validated).astype(np.int32)


def shuffled_batches(rows: Rows, epoch: int, settings: TrainSettings) -> Rows:
    """All *rows* in the order of *epoch*, [steps, batch]; the last batch is filled up from the first."""
    order = np.random.default_rng((settings.seed, epoch)).permutation(rows)
    return np.resize(order, (steps_per_epoch(len(rows), settings), batch_size(len(rows), settings)))


def batch_size(rows: int, settings: TrainSettings) -> int:
    """Songs a step: as asked, or a power of two near a 64th of *rows*."""
    wanted = settings.batch_size or min(max(2 ** round(np.log2(rows / 64)), 256), 4096)
    return min(wanted, rows)


def steps_per_epoch(rows: int, settings: TrainSettings) -> int:
    """Steps that show every row at least once."""
    return -(-rows // batch_size(rows, settings))
