"""Neighbours beside exact search: scikit-learn's and FAISS', of a sample of the songs and scaled to all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.measure import Facts, measure
from benchmarks.records import Comparison, Fact, Record
from benchmarks.search_sides import faiss_search, our_search, recall, sklearn_search, write_latents
from benchmarks.workplace import Workplace, tell

QUERIES: Final = 20_000
BOUND: Final = 8.0
RECALL: Final = 0.99


def run(work: Workplace) -> Iterator[Record]:
    """Ours of all songs, theirs of QUERIES, in turns; then the recall by an exact search of its own."""
    store, folder = work.ensure("latents"), work.scratch("search")
    sizes = measure(write_latents, store, folder, QUERIES).facts
    sides = {
        "scikit-learn": (sklearn_search, "scikit-learn `NearestNeighbors(brute, cosine)`"),
        "FAISS": (faiss_search, "FAISS `IndexFlatIP`"),
    }
    ours: list[float] = []
    told: Facts = {}
    theirs: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(work.turns):
        for name, (side, _) in sides.items():
            theirs[name].append(tell(name, measure(side, folder)).clocked)
        cost = tell("ours, all songs", measure(our_search, folder))
        ours.append(cost.clocked)
        told = cost.facts
    yield from (compared(ours, theirs[name], shown, sizes) for name, (_, shown) in sides.items())
    yield Fact("neighbours: recall by the stage's own sample", told["recall"])
    yield Fact(
        f"neighbours: recall of {int(sizes['asked']):,} songs by exact search",
        measure(recall, folder).facts["recall"],
        "at least",
        RECALL,
    )


def compared(ours: list[float], theirs: list[float], shown: str, sizes: Facts) -> Comparison:
    """Theirs as if all songs had been asked about."""
    scale = sizes["rows"] / sizes["asked"]
    scaled = (
        f"Theirs scaled from {int(sizes['asked']):,} to {int(sizes['rows']):,} queries, not measured whole."
        if scale > 1
        else ""
    )
    return Comparison(
        "neighbours of all songs",
        "`NeighbourSearch`",
        shown,
        "s",
        ours,
        [seconds * scale for seconds in theirs],
        "at least",
        BOUND,
        scaled,
    )
