"""Ingest and encode beside Polars' plain scan, DuckDB and pandas, all on one sound file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.measure import Cost, measure
from benchmarks.our_tables import ingest_and_encode, tables_alone
from benchmarks.pandas_side import ingest_and_encode as in_pandas
from benchmarks.records import Comparison, Fact, Note, Record
from benchmarks.tables_sides import duckdb_copy, plain_scan
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT

Sides = dict[str, Callable[[], Cost]]

LEVEL: Final = 3
"""Of zstd, where pyarrow's own and ours is 1: what Polars packs by if it is not told."""

ENGINES: Final = ("pyarrow", "c")
BESIDE_SCAN: Final = 1.3
BESIDE_PANDAS: Final = 2.0


def run(work: Workplace) -> Iterator[Record]:
    """Both engines of pandas once, then all sides in turns, pandas by its better engine."""
    csv, scratch = work.catalogue(), work.scratch("tables")
    engine = better_engine(csv, scratch)
    sides: Sides = {
        "plain": lambda: measure(plain_scan, csv, scratch),
        "DuckDB": lambda: measure(duckdb_copy, csv, scratch),
        "pandas": lambda: measure(in_pandas, csv, folder(scratch), engine),
        "pandas, zstd 3": lambda: measure(in_pandas, csv, folder(scratch), engine, LEVEL),
        "ours, tables alone": lambda: measure(
            tables_alone, csv, scratch / "alone", environment=ENVIRONMENT
        ),
        "ours": lambda: measure(ingest_and_encode, csv, scratch / "store", environment=ENVIRONMENT),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(work.turns):
        for name, side in sides.items():
            costs[name].append(tell(name, side()))
            for made in ("store", "alone"):
                shutil.rmtree(scratch / made, ignore_errors=True)
    yield from compared(costs, engine)


def folder(scratch: Path) -> Path:
    """Where pandas writes."""
    (scratch / "pandas").mkdir(exist_ok=True)
    return scratch / "pandas"


def better_engine(csv: Path, scratch: Path) -> str:
    """The engine by which pandas is faster."""
    seconds = {
        engine: tell(f"pandas, {engine}", measure(in_pandas, csv, folder(scratch), engine)).seconds
        for engine in ENGINES
    }
    return min(seconds, key=lambda engine: seconds[engine])


def compared(costs: dict[str, list[Cost]], engine: str) -> Iterator[Record]:
    """The claims."""
    ours = [cost.clocked for cost in costs["ours"]]
    turns = {name: [cost.clocked for cost in there] for name, there in costs.items()}
    what = "CSV to songs and features"
    yield Comparison(
        what,
        "ingest + encode",
        "Polars `scan_csv(infer_schema=False).sink_parquet`",
        "s",
        ours,
        turns["plain"],
        "at most",
        BESIDE_SCAN,
        "The scan writes text columns and looks at no row; it hashes nothing and waits for no disk.",
    )
    yield Comparison(
        what,
        "the tables alone",
        "Polars `scan_csv(infer_schema=False).sink_parquet`",
        "s",
        turns["ours, tables alone"],
        turns["plain"],
        "at most",
        BESIDE_SCAN,
        "Neither side hashes or commits anything.",
    )
    for name, packing in (("pandas", "zstd 1 as ours"), ("pandas, zstd 3", "zstd 3")):
        yield Comparison(
            what,
            "ingest + encode",
            f"pandas, {engine} engine, {packing}",
            "s",
            ours,
            turns[name],
            "at least",
            BESIDE_PANDAS,
            "pandas quarantines no row, finds no clones, makes no profile and hashes nothing.",
        )
    yield Comparison(
        "CSV to Parquet",
        "ingest + encode",
        "DuckDB `read_csv(all_varchar).write_parquet`",
        "s",
        ours,
        turns["DuckDB"],
        note="DuckDB writes text columns and looks at no row.",
    )
    for name, there in costs.items():
        peak = min(cost.peak_mb for cost in there)
        yield Fact(f"CSV to Parquet, {name}: peak memory, MB", peak)
        yield Fact(f"CSV to Parquet, {name}: bytes written, MB", there[0].facts["bytes"] / 1e6)
    yield Note(f"pandas was run by both engines first; its turns are by the better one, {engine}.")
