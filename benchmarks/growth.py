"""Stages over a tenth of the catalogue, over all of it, and over ten times as much in ten files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.measure import Facts, measure
from benchmarks.records import Fact, Growth, Note, Record
from benchmarks.stages import read_refs, run_stage, untrained_model
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT
from storage.store import Store

PER_ROW: Final = 1.15
PEAK_MB: Final = 6_000
NEEDS_MODEL: Final = {"latents", "neighbours", "map", "evaluate"}


def run(work: Workplace) -> Iterator[Record]:
    """The smaller catalogues first: what is found by then is kept if the largest one is cut short."""
    sizes = [work.rows // 10, work.rows]
    sources = [work.catalogue(rows) for rows in sizes]
    if work.large_rows:
        sizes.append(work.large_rows)
        sources.append(work.parts(work.large_rows))
    found: list[Growth] = []
    for rows, source in zip(sizes, sources, strict=True):
        for record in grow(work, rows, source):
            if isinstance(record, Growth):
                found.append(record)
            yield record
    if work.large_rows:
        yield from claims(found, work.rows, work.large_rows)
    yield Note(
        "Growth: clocked without the import of libraries, rows of the file, the best turn and the most memory. The "
        "largest catalogue is ten files of a tenth each, drawn from ten seeds."
        + ("" if "train" in work.growth_stages else " The network has learned nothing.")
    )


def grow(work: Workplace, rows: int, source: Path) -> Iterator[Record]:
    """The stages asked for over one source."""
    store = work.scratch(f"growth-{rows}") / "store"
    stages = work.growth_stages
    for name in stages:
        if name in NEEDS_MODEL and "model" not in read_refs(store):
            measure(untrained_model, source, store, environment=ENVIRONMENT)
        costs = [
            tell(
                f"{name}, {rows:,} rows",
                measure(run_stage, name, source, store, environment=ENVIRONMENT),
            )
            for _ in range(work.turns)
        ]
        seconds, peak_mb = min(cost.clocked for cost in costs), max(cost.peak_mb for cost in costs)
        yield Growth(name, rows, seconds, peak_mb)
        if name == "ingest":
            counts = measure(count, store).facts
            share = counts["folded"] / counts["read"]
            files = "ten files of ten seeds" if source.is_dir() else "one file"
            yield Note(
                f"{int(counts['read']):,} rows in {files}: {int(counts['folded']):,} ({share:.2%}) repeat the artist "
                "and song of an earlier one and are folded into it."
            )
    shutil.rmtree(store.parent)


def count(store: Path) -> Facts:
    """How many rows were read and folded."""
    counts = Store.existing(store).read_json(read_refs(store)["songs"], "profile/counts.json")
    return {name: counts[name] for name in ("read", "folded")}


def claims(found: list[Growth], middle: int, large: int) -> Iterator[Record]:
    """How time per row grows, and the memory of the largest."""
    for stage in dict.fromkeys(growth.stage for growth in found):
        at = {growth.rows: growth for growth in found if growth.stage == stage}
        per_row = {rows: growth.seconds / rows for rows, growth in at.items()}
        yield Fact(
            f"{stage}: time a row at {large:,} rows beside {middle:,}",
            per_row[large] / per_row[middle],
            "at most",
            PER_ROW,
        )
        yield Fact(
            f"{stage}: peak memory at {large:,} rows, MB", at[large].peak_mb, "at most", PEAK_MB
        )
