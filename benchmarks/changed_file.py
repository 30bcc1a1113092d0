"""Ingest of ten files, and again after one of them was changed: what is read, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.catalogue import PARTS, change_one, link_folder
from benchmarks.measure import Cost, measure
from benchmarks.records import Fact, Record, StageCost
from benchmarks.stages import ingest_folder, read_refs
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT


def run(work: Workplace) -> Iterator[Record]:
    """All files into an empty store; one changed into the same; and, to compare, all of these into another."""
    parts, scratch = work.parts(work.rows // PARTS * PARTS), work.scratch("changed")
    folder = scratch / "files"
    link_folder(parts, folder)
    cold = ingest(folder, scratch / "store", "ten files, cold")
    change_one(folder)
    again = ingest(folder, scratch / "store", "one of ten changed")
    afresh = ingest(folder, scratch / "afresh", "the same, cold")

    yield record("ingest of ten files", cold)
    yield record("ingest after one of them changed", again)
    for name in ("files", "rows", "bytes"):
        share = again.facts[name] / cold.facts[name]
        yield Fact(f"one of ten files changed: share of the {name} that is read", share)
    yield Fact("one of ten files changed: share of the seconds", again.clocked / afresh.clocked)
    same = read_refs(scratch / "store")["songs"] == read_refs(scratch / "afresh")["songs"]
    yield Fact("one of ten files changed: the same songs as from scratch", same, "at least", 1.0)


def ingest(folder: Path, store: Path, name: str) -> Cost:
    """Into the store, telling of it."""
    return tell(name, measure(ingest_folder, folder, store, environment=ENVIRONMENT))


def record(name: str, cost: Cost) -> StageCost:
    """A line of the table of stages."""
    files, rows, size = (cost.facts[name] for name in ("files", "rows", "bytes"))
    return StageCost(
        name,
        int(rows),
        cost.seconds,
        cost.clocked,
        cost.cpu_seconds,
        cost.peak_mb,
        f"read: {files:.0f} files, {rows:,.0f} rows, {size / 1e6:,.0f} MB",
    )
