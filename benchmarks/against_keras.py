"""Training beside Keras' `fit`: same model, losses, optimizer and batch size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.keras_sides import keras_fit, our_training
from benchmarks.measure import measure
from benchmarks.records import Comparison, Note, Record
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT

EPOCHS: Final = 3
BOUND: Final = 2.5


def run(work: Workplace) -> Iterator[Record]:
    """EPOCHS epochs of each side in turns."""
    store = work.ensure("encode")
    ours, theirs = [], []
    for _ in range(work.turns):
        fit = measure(keras_fit, store, EPOCHS, environment=ENVIRONMENT)
        theirs.append(tell("Keras fit", fit).facts)
        training = measure(our_training, store, EPOCHS, environment=ENVIRONMENT)
        ours.append(tell("ours", training).facts)
        print(f"  {ours[-1]['songs/s'] / theirs[-1]['songs/s']:.2f} times as fast", flush=True)
    for name, claim in (("songs/s", "at least"), ("songs/s with first epoch", "none")):
        yield Comparison(
            "training" + name.removeprefix("songs/s"),
            "`train`",
            "Keras `fit` on arrays",
            "songs/s",
            [facts[name] for facts in ours],
            [facts[name] for facts in theirs],
            "at least" if claim == "at least" else "none",
            BOUND,
            "Our losses as `train_step`. An epoch after the first."
            if claim == "at least"
            else f"All {EPOCHS} epochs, tracing and compiling included.",
        )
    jit = bool(theirs[0]["jit_compile"])
    yield Note(f'Keras\' `jit_compile="auto"` comes to {jit} here.')
    yield Note(
        f"The loss after {EPOCHS} epochs: {ours[0]['loss']:.3f} (ours), {theirs[0]['loss']:.3f} (Keras)."
    )
