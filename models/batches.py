"""What follows from the number of songs: how many a step is shown, in which order, and how gently they are ranked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]

FEWEST_STEPS = 600
"""What a network needs to settle, however few songs there are."""

FEWEST_EPOCHS = 8
"""What it needs however many there are."""

SONGS = (20_000, 500_000)
TEMPERATURES = (0.5, 1.2)
"""Of the ranking, for so many songs. Lists are short and catalogues large: at .2 the network keeps apart what a few
hundred songs need, and half a million lie in between."""


def shuffled_batches(rows: Rows, batch_size: int, seed: tuple[int, int]) -> Rows:
    """All *rows* in an order that follows from *seed*, [steps, batch]; the last batch is filled up from the first."""
    order = np.random.default_rng(seed).permutation(rows)
    return np.resize(order, (steps_per_epoch(len(rows), batch_size), min(batch_size, len(rows))))


def shared_out(batches: Rows, replicas: int) -> Rows:
    """*batches* [steps, batch] in equal shares, [steps, replicas, songs], the last filled up from the first."""
    share = -(-batches.shape[1] // replicas)
    filled = np.pad(batches, ((0, 0), (0, share * replicas - batches.shape[1])), mode="wrap")
    return filled.reshape(len(batches), replicas, share)


def batch_size_for(rows: int) -> int:
    """Songs a step: a power of two near a 64th of *rows*, from 256 to 4,096."""
    return int(min(max(2 ** round(np.log2(rows / 64)), 256), 4096))


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Steps that show every row at least once."""
    return -(-rows // min(batch_size, rows))


def epochs_for(steps: int) -> int:
    """Epochs of *steps* each that are FEWEST_STEPS together, and no fewer than FEWEST_EPOCHS."""
    return max(-(-FEWEST_STEPS // steps), FEWEST_EPOCHS)


def temperature_for(songs: int) -> float:
    """The temperature at which *songs* are ranked, along the logarithm of their number between TEMPERATURES."""
    return float(np.interp(np.log(songs), np.log(SONGS), TEMPERATURES))
