"""The latents by the network without Keras, from arrays to an array."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.measure import Facts
from benchmarks.stages import read_refs
from songspace.inputs import network_inputs
from songspace.network import ROWS_PER_BLOCK, Network
from storage.store import Store


def our_latents(root: Path, models: Path) -> Facts:
    """One call, after a small one as `predict` has it."""
    features = Store.existing(root).table(read_refs(root)["features"], "features")
    inputs = network_inputs(features.collect())
    place = Network.load(models / "encoder.safetensors")
    place(inputs.take(slice(ROWS_PER_BLOCK)))
    started = time.perf_counter()
    place(inputs)
    return {"seconds": time.perf_counter() - started, "rows": len(inputs)}
