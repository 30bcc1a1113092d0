"""Whether a release's two encoders are one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.inference import keras_latents
from models.picking import Floats
from songspace.inputs import Inputs
from songspace.network import Network

COMPARED: int = 10_000
"""Songs at most that go through both."""

HIDDEN = 0.3
"""Share of the fields that are hidden from both."""


def compare_encoders(keras_file: Path, network: Network, inputs: Inputs) -> dict[str, Any]:
    """The largest difference between the latents of the encoder in *keras_file* and those of *network*.

    Of at most COMPARED songs, evenly spread, with fields hidden at random.
    """
    step = -(-len(inputs) // COMPARED) or 1
    songs = hide_at_random(inputs.take(slice(None, None, step)))
    ours, theirs = network(songs), unit_rows(keras_latents(keras_file, songs))
    return {"songs": len(songs), "largest_difference": float(np.abs(ours - theirs).max(initial=0))}


def hide_at_random(inputs: Inputs) -> Inputs:
    """The songs with HIDDEN of their fields unknown, the same ones every time."""
    drawn = np.random.default_rng(0)

    def shown(*shape: int) -> Any:
        return drawn.random(shape) >= HIDDEN

    rows = len(inputs)
    return Inputs(
        numeric=np.where(shown(*inputs.numeric.shape), inputs.numeric, np.float32("nan")),
        artist=inputs.artist * shown(rows),
        genre=inputs.genre * shown(rows, 1),
        emotion=inputs.emotion * shown(rows),
    )


def unit_rows(latents: Floats) -> Floats:
    """Latents at unit length, as they are served: the old objective's network leaves them as they come."""
    length = np.linalg.norm(latents, axis=1, keepdims=True)
    unit: Floats = latents / np.maximum(length, 1e-12)
    return unit
