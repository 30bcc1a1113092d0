"""`python -m benchmarks`: every stage at full scale, beside what it is held against."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Cost, measure
from benchmarks.stages import STAGES, plain_scan, run_stage, write_full_catalogue
from flows.environment import ENVIRONMENT

ALTERNATIONS = 3


def main() -> None:
    """Measure, and print one line a stage."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=551_443)
    parser.add_argument("--broken", type=float, default=0.0005, help="share of broken rows")
    parser.add_argument(
        "--scratch", type=Path, help="a folder to work in; default: a temporary one"
    )
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        csv = Path(scratch) / "catalogue.csv"
        show("synth", measure(write_full_catalogue, csv, options.rows, options.broken))
        store = Path(scratch) / "store"
        for name in STAGES:
            show(name, measure(run_stage, name, csv, store, environment=ENVIRONMENT))
        # The plain scan stops at the first stray quote, so the two are compared on sound rows.
        measure(write_full_catalogue, csv, options.rows, 0.0)
        for line in compare_ingest(csv, Path(scratch)):
            print(line, flush=True)


def compare_ingest(csv: Path, scratch: Path) -> Iterator[str]:
    """Ingest beside the plain scan, in turns; the ratio of their best times."""
    ours, plain = [], []
    for turn in range(ALTERNATIONS):
        plain.append(measure(plain_scan, csv, scratch / f"plain-{turn}.parquet"))
        store = scratch / f"store-{turn}"
        ours.append(measure(run_stage, "ingest", csv, store, environment=ENVIRONMENT))
        yield f"  turn {turn + 1}: plain scan {plain[-1].seconds:.1f} s, ingest {ours[-1].seconds:.1f} s"
    ratio = min(cost.seconds for cost in ours) / min(cost.seconds for cost in plain)
    yield f"  ingest / plain scan = {ratio:.2f}; plain peak {plain[-1].peak_mb:,.0f} MB"


def show(name: str, cost: Cost) -> None:
    """One line of the table."""
    print(
        f"{name:<12} {cost.seconds:8.1f} s  {cost.cpu_seconds:8.1f} s CPU  {cost.peak_mb:8,.0f} MB peak",
        flush=True,
    )


if __name__ == "__main__":
    main()
