"""Training by either objective."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.autoencoder import CategorySizes
from models.epochs import EpochHook, Trained
from models.masked import train_masked
from models.original import train_original
from models.training_settings import TrainSettings
from songspace.inputs import Inputs

MOST_PASSES = 5
"""Of the collector of garbage, .2 s each; three are common."""

OBJECTIVES = {"masked": train_masked, "original": train_original}


def train_autoencoder(
    inputs: Inputs,
    held_out: npt.NDArray[np.bool_],
    sizes: CategorySizes,
    settings: TrainSettings,
    on_epoch: EpochHook | None = None,
    unfinished: Path | None = None,
) -> Trained:
    """Fit a network to *inputs*, but for those *held_out*, [rows], by `settings.objective`.

    With a folder *unfinished*, training that was stopped goes on from its checkpoint there, and gives what it would
    have given.

    Raises:
        ValueError: If a number of *inputs* is infinite, or no song is left to fit.
        TimeoutError: If training is not done within `settings.deadline_s`.
        FloatingPointError: If the loss is no longer a number.
    """
    trained = OBJECTIVES[settings.objective](
        inputs, held_out, sizes, settings, on_epoch, unfinished
    )
    let_go()
    return trained


def let_go() -> None:
    """Free what compiled functions hold: arrays, of five million songs .5 GB, in circles of references.

    A pass ends what has finalisers, and only the next frees what that held: so as long as passes find something.
    """
    for _ in range(MOST_PASSES):
        if not gc.collect():
            break
