"""The map beside scikit-learn's t-SNE of the same points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.map import BOUND, our_map, read_latents, sklearn_map, unit_rows
from benchmarks.measure import Facts, measure
from benchmarks.records import Comparison, Fact, Record
from benchmarks.stages import read_refs
from benchmarks.workplace import Workplace, tell
from storage.store import Store


def run(work: Workplace) -> Iterator[Record]:
    """Once each: scikit-learn alone takes minutes."""
    store, file = work.ensure("latents"), work.scratch("map") / "points.npy"
    points = int(measure(write_points, store, file, work.points).facts["points"])
    theirs = tell("scikit-learn", measure(sklearn_map, file, 0)).facts
    ours = tell("ours", measure(our_map, file, 0)).facts
    yield Comparison(
        f"map of {points:,} songs",
        "`models.tsne.embed`",
        "scikit-learn `TSNE`",
        "s",
        [ours["seconds"]],
        [theirs["seconds"]],
        "at least",
        BOUND,
        "One turn.",
    )
    gain = ours["trustworthiness"] - theirs["trustworthiness"]
    yield Fact("map: trustworthiness, ours less scikit-learn's", gain, "at least", 0.0)
    yield Fact("map: trustworthiness of ours", ours["trustworthiness"])


def write_points(root: Path, out: Path, points: int) -> Facts:
    """Directions of songs drawn evenly from the store at *root*."""
    latents = read_latents(Store.existing(root).folder(read_refs(root)["latents"], "latents"))
    rows = np.random.default_rng(0).permutation(len(latents))[:points]
    np.save(out, unit_rows(latents[np.sort(rows)]))
    return {"points": len(rows)}
