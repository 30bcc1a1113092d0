"""Where a training stands after an epoch, kept in one file: one that was stopped goes on from there."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from xxhash import xxh3_128

from models.autoencoder import CategorySizes
from models.epochs import EpochLoop, History, Watch
from models.training_settings import TrainSettings
from songspace.errors import Damaged, SongspaceError
from songspace.inputs import Inputs
from songspace.sealed import JSON, canonical
from songspace.weights import Tensors, read_weights, write_weights

log = logging.getLogger(__name__)

NAME = "checkpoint.safetensors"
"""The file, in a folder of the training's own."""

SHARE = 0.05
"""Part of a training's time that its checkpoints may take; a large network's epoch takes little more than one."""


class Checkpoints:
    """The last checkpoint of one training in *folder*; without a folder nothing is kept.

    Args:
        folder: A folder that no other training uses meanwhile.
        training: The digest of all that shapes the training, see `training_digest`.
    """

    def __init__(self, folder: Path | None, training: str) -> None:
        self.path = folder / NAME if folder else None
        self.training = training
        self.started = time.monotonic()
        self.spent_s = 0.0

    def resume(self, loop: EpochLoop, watch: Watch) -> int:
        """Bring a fresh *loop* and *watch* to where the checkpoint was written.

        Returns:
            The number of epochs that are done; 0 if there is no checkpoint or, as a warning says, none to be used.
        """
        if self.path is None or not os.path.lexists(self.path):
            return 0
        try:
            state, history, seconds = self._read(self.path, loop.state())
        except (SongspaceError, ValueError) as error:  # ValueError: facts that are no JSON, as NaN
            log.warning("starts anew, since a checkpoint cannot be used: %s", error)
            return 0
        loop.restore(state)
        watch.go_on(history, seconds)
        log.info("goes on from epoch %d of %d", watch.epoch, watch.epochs)
        return watch.epoch

    def save(self, loop: EpochLoop, watch: Watch) -> None:
        """Keep where *loop* and *watch* stand, unless that took more than its SHARE of the time so far.

        A disk that refuses is warned of and nothing more: training can do without.
        """
        begun = time.monotonic()
        dear = self.spent_s > SHARE * (begun - self.started)
        if self.path is None or (dear and not watch.late):
            return
        try:
            self._write(self.path, loop.state(), watch)
        except (OSError, SafetensorError) as error:
            log.warning("could not keep a checkpoint of epoch %d: %s", watch.epoch, error)
        self.spent_s += time.monotonic() - begun

    def _write(self, path: Path, state: Tensors, watch: Watch) -> None:
        """Put *state* into the place of the checkpoint before, whole and flushed to the disk."""
        standing: dict[str, JSON] = {
            "history": watch.history,
            "seconds": watch.seconds,
            "training": self.training,
        }
        aside = path.with_suffix(".part")
        try:
            write_weights(aside, state, {**standing, "checksum": checksum(state, standing)})
            flush(aside)
            aside.replace(path)
            flush(path.parent)
        except (OSError, SafetensorError):
            with suppress(OSError):  # on a full disk it takes the room that the result needs
                aside.unlink()
            raise

    def _read(self, path: Path, like: Tensors) -> tuple[Tensors, History, float]:
        """State, history and seconds of a whole checkpoint of this training, with arrays as in *like*."""
        state, facts = read_weights(path)
        standing = {name: facts.get(name) for name in ("history", "seconds", "training")}
        if facts.get("checksum") != checksum(state, standing):
            raise Damaged(f"{path} was changed since it was written: its checksum is another.")
        if standing["training"] != self.training or shapes(state) != shapes(like):
            raise SongspaceError(f"{path} is of a training on other songs or with other settings.")
        return state, facts["history"], facts["seconds"]


def training_digest(
    inputs: Inputs, held_out: npt.NDArray[np.bool_], sizes: CategorySizes, settings: TrainSettings
) -> str:
    """A digest of all that shapes a training, but for the code and its libraries; deadlines do not."""
    said = {"sizes": vars(sizes), "settings": settings.model_dump(mode="json")}
    del said["settings"]["deadline_s"]
    return checksum({**inputs.as_dict(), "held_out": held_out}, said)


def checksum(tensors: Mapping[str, npt.NDArray[np.generic]], facts: Mapping[str, JSON]) -> str:
    """A digest that any change of *tensors* or *facts* changes."""
    digest = xxh3_128(canonical(facts))
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tensor.shape} ".encode())
        digest.update(np.ascontiguousarray(tensor).data)
    return digest.hexdigest()


def shapes(tensors: Tensors) -> dict[str, tuple[np.dtype[np.generic], tuple[int, ...]]]:
    """Type and shape of each of *tensors*."""
    return {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}


def flush(path: Path) -> None:
    """Have the disk keep the content of a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
