"""The half of the network that places a song, in NumPy: what a release holds, and all that reads it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from songspace.errors import Damaged, SongspaceError
from songspace.inputs import GENRES_PER_SONG, Floats, Inputs, Integers
from songspace.schemas import LATENT_DIM, NUMERIC
from songspace.sealed import JSON
from songspace.weights import Tensors, read_weights, write_weights

TABLES: Final = ("artist", "genre", "emotion")

ROWS_PER_BLOCK: Final = 16_384
"""Songs at a time: with two hidden layers of 256 and 128 some 30 MB of intermediate numbers."""


class Dense(NamedTuple):
    """A dense layer, without its activation."""

    kernel: Floats  # [in, out]
    bias: Floats  # [out]

    def __call__(self, rows: Floats) -> Floats:
        """*rows*, [rows, in], sent through the layer."""
        result: Floats = rows @ self.kernel
        result += self.bias
        return result


@dataclass(frozen=True, eq=False)
class Network:
    """Weights from the fields of a song to its place: a direction in 20 dimensions.

    The first layer reads the 17 numbers with 0 for the unknown ones, a 1 for each of these, and the
    embeddings of the artist, of the known tags (their mean) and of the emotion, in this order. Row 0 of
    a table is the embedding of the unknown; among tags it is never read.

    Raises:
        ValueError: If a weight is not a finite float32, or the shapes do not fit together.
    """

    artist: Floats  # [ids, width]
    genre: Floats  # [ids, width]
    emotion: Floats  # [ids, width]
    hidden: tuple[Dense, ...]  # each followed by a ReLU
    latent: Dense
    tags_read: int = GENRES_PER_SONG  # the first so many of a song's tags

    def __post_init__(self) -> None:
        for name, weights in self._tensors().items():
            refuse_strange_weights(name, weights)
        read = 2 * len(NUMERIC) + sum(getattr(self, name).shape[1] for name in TABLES)
        for layer in (*self.hidden, self.latent):
            shapes, width = [weights.shape for weights in layer], layer.kernel.shape[1]
            if shapes != [(read, width), (width,)]:
                raise ValueError(f"Expected a layer that reads {read} numbers. Received: {shapes}.")
            read = width
        if read != LATENT_DIM:
            raise ValueError(f"Expected {LATENT_DIM} dimensions. Received: {read}.")
        if self.tags_read not in range(1, GENRES_PER_SONG + 1):
            raise ValueError(f"Expected 1 to {GENRES_PER_SONG} tags. Received: {self.tags_read}.")

    def __call__(self, inputs: Inputs) -> Floats:
        """The latents of *inputs*, float32 [rows, 20], each of unit length.

        Raises:
            SongspaceError: If an id is beyond its table.
            ValueError: If a number is infinite.
        """
        for name, ids in self._ids(inputs).items():
            refuse_strange_ids(name, ids, len(getattr(self, name)))
        latents = np.empty((len(inputs), LATENT_DIM), np.float32)
        for start in range(0, len(inputs), ROWS_PER_BLOCK):
            block = slice(start, start + ROWS_PER_BLOCK)
            latents[block] = self._place(inputs.take(block))
        return latents

    def _place(self, inputs: Inputs) -> Floats:
        """The latents of one block."""
        if np.isinf(inputs.numeric).any():
            raise ValueError("Expected finite numbers, or NaN for unknown ones. Some are infinite.")
        rows = self._known(inputs)
        for layer in self.hidden:
            rows = layer(rows)
            np.maximum(rows, 0, out=rows)
        place = self.latent(rows)
        # Where all units are silent and no bias is left, there is no direction: nought stays nought.
        place /= np.maximum(np.linalg.norm(place, axis=1, keepdims=True), 1e-12)
        return place

    def _known(self, inputs: Inputs) -> Floats:
        """What the first layer reads, [rows, in]."""
        ids = self._ids(inputs)
        unknown = np.isnan(inputs.numeric)
        tagged = (ids["genre"] > 0).astype(np.float32)
        shares = tagged / np.maximum(tagged.sum(axis=1, keepdims=True), 1)  # [rows, tags]
        mean_tag = (shares[:, None] @ self.genre[ids["genre"]])[:, 0]  # [rows, width]
        return np.concatenate(
            [
                np.where(unknown, np.float32(0), inputs.numeric),
                unknown,
                self.artist[ids["artist"]],
                mean_tag,
                self.emotion[ids["emotion"]],
            ],
            axis=1,
            dtype=np.float32,
        )

    def _ids(self, inputs: Inputs) -> dict[str, Integers]:
        """The ids that are looked up in each table."""
        return {
            "artist": inputs.artist,
            "genre": inputs.genre[:, : self.tags_read],
            "emotion": inputs.emotion,
        }

    def rotated(self, rotation: npt.NDArray[np.floating[Any]]) -> Network:
        """The same network in a turned space: its latents are those of this one times *rotation*, [20, 20].

        Raises:
            ValueError: If *rotation* is not orthogonal within 1e-5; it may reflect.
        """
        turn = np.asarray(rotation, np.float64)
        identity = np.eye(LATENT_DIM)
        if turn.shape != identity.shape or not np.allclose(turn @ turn.T, identity, 0, 1e-5):
            raise ValueError(
                f"Expected an orthogonal matrix, {LATENT_DIM} x {LATENT_DIM}. Received: {turn!r}."
            )
        turned = Dense(*((weights @ turn).astype(np.float32) for weights in self.latent))
        return replace(self, latent=turned)

    def save(self, path: Path) -> None:
        """Write the weights as safetensors; equal networks give equal bytes."""
        facts: dict[str, JSON] = {
            "hidden": len(self.hidden),
            "numeric": NUMERIC,
            "tags_read": self.tags_read,
        }
        write_weights(path, self._tensors(), facts)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read what `save` wrote.

        Raises:
            Damaged: If it is no such file, or the network in it is not whole.
            SongspaceError: If it has another format, or the disk does not give it.
        """
        tensors, facts = read_weights(path)
        try:
            return cls._of(tensors, facts)
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(f"{path} holds no whole network: {error!r}.") from error

    @classmethod
    def _of(cls, tensors: Tensors, facts: dict[str, Any]) -> Network:
        """The network of *tensors*, all of which it must need."""
        if facts["numeric"] != list(NUMERIC):
            raise ValueError(f"it reads the numbers {facts['numeric']}")
        names = (*(f"hidden.{place}" for place in range(facts["hidden"])), "latent")
        *hidden, latent = (
            Dense(tensors.pop(f"{name}.kernel"), tensors.pop(f"{name}.bias")) for name in names
        )
        tables = {name: tensors.pop(name) for name in TABLES}
        if tensors:
            raise ValueError(f"unknown tensors {sorted(tensors)}")
        return cls(**tables, hidden=tuple(hidden), latent=latent, tags_read=int(facts["tags_read"]))

    def _tensors(self) -> Tensors:
        """All weights under their names in a file."""
        layers = {f"hidden.{place}": layer for place, layer in enumerate(self.hidden)}
        layers["latent"] = self.latent
        return {name: getattr(self, name) for name in TABLES} | {
            f"{name}.{part}": weights
            for name, layer in layers.items()
            for part, weights in layer._asdict().items()
        }


def refuse_strange_weights(name: str, weights: npt.NDArray[Any]) -> None:
    """Raise unless *weights* are finite, float32, and of as many dimensions as their name says."""
    dimensions = 1 if name.endswith(".bias") else 2
    if weights.dtype != np.float32 or weights.ndim != dimensions:
        raise ValueError(
            f"Expected float32 weights in {dimensions} dimensions. "
            f"Received: {name}, {weights.dtype} {weights.shape}."
        )
    if not np.isfinite(weights).all():
        raise ValueError(f"Expected finite weights. Some of {name} are not.")


def refuse_strange_ids(name: str, ids: Integers, size: int) -> None:
    """Raise unless all *ids* are in a table of *size* rows."""
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        raise SongspaceError(
            f"Expected {name} ids from 0 to {size - 1}. Received: {ids.min()} to {ids.max()}. "
            "Encode the songs with the vocabularies that the network was trained with."
        )
