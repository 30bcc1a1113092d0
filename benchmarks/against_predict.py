"""Latents beside Keras' `predict`, from arrays to an array: its default batches, and its best."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.keras_sides import keras_predict, write_untrained
from benchmarks.measure import Cost, measure
from benchmarks.network_side import our_latents
from benchmarks.records import Comparison, Fact, Record
from benchmarks.stages import run_stage
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT

DEFAULT: Final = 32
OTHERS: Final = (1024, 4096, 16_384)
BOUND: Final = 8.0


def run(work: Workplace) -> Iterator[Record]:
    """All batch sizes once, then ours, the default and the best of the others in turns."""
    store, models = work.ensure("latents"), work.scratch("predict")
    measure(write_untrained, store, models, environment=ENVIRONMENT)

    def predict(batch: int) -> Cost:
        cost = measure(keras_predict, store, models, batch, environment=ENVIRONMENT)
        return tell(f"Keras predict, batches of {batch:,}", cost)

    seconds = {batch: predict(batch).clocked for batch in OTHERS}
    best = min(seconds, key=lambda batch: seconds[batch])
    ours: list[float] = []
    stage: list[float] = []
    theirs: dict[int, list[float]] = {DEFAULT: [], best: []}
    gap = 0.0
    for _ in range(work.turns):
        for batch, turns in theirs.items():
            cost = predict(batch)
            turns.append(cost.clocked)
            gap = max(gap, cost.facts["gap"])
        ours.append(tell("ours", measure(our_latents, store, models)).clocked)
        whole = measure(run_stage, "latents", work.broken_catalogue, store, environment=ENVIRONMENT)
        stage.append(tell("ours, the whole stage", whole).clocked)
    yield Comparison(
        "latents",
        "`songspace.network`",
        f"Keras `predict`, its default batches of {DEFAULT}",
        "s",
        ours,
        theirs[DEFAULT],
        "at least",
        BOUND,
        "Arrays in, an array out: no files on either side.",
    )
    yield Comparison(
        "latents",
        "`songspace.network`",
        f"Keras `predict`, batches of {best:,}, its best of {', '.join(map(str, OTHERS))}",
        "s",
        ours,
        theirs[best],
    )
    yield Comparison(
        "latents",
        "the whole stage, Parquet to Parquet",
        f"Keras `predict`, its default batches of {DEFAULT}, from arrays to an array",
        "s",
        stage,
        theirs[DEFAULT],
    )
    yield Fact("latents: largest difference from Keras'", gap, "at most", 1e-5)
