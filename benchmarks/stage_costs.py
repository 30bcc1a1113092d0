"""Each stage in a fresh process, and the whole pipeline as its command: cold, and with nothing to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from benchmarks.measure import measure
from benchmarks.process_tree import run_tree
from benchmarks.records import Note, Record, StageCost
from benchmarks.stages import STAGES, run_stage
from benchmarks.workplace import Workplace, tell
from flows.environment import ENVIRONMENT


def run(work: Workplace) -> Iterator[Record]:
    """All stages into a new store, which other sections read; then the pipeline into another."""
    csv = work.broken_catalogue
    shutil.rmtree(work.store, ignore_errors=True)
    for name in STAGES:
        cost = tell(name, measure(run_stage, name, csv, work.store, environment=ENVIRONMENT))
        yield StageCost(name, work.rows, cost.seconds, cost.clocked, cost.cpu_seconds, cost.peak_mb)
    yield from whole_runs(work)
    yield Note(
        "Stages run one by one in fresh processes, without Prefect. One row in 2,000 of the file is broken. "
        "Peak memory is resident memory: of a stage's process; of a whole run summed over its processes, looked at "
        "ten times a second, so that shared pages count more than once."
    )


def whole_runs(work: Workplace) -> Iterator[Record]:
    """The same command twice, Prefect's own server included."""
    scratch = work.scratch("pipeline")
    command = [sys.executable, "-m", "flows", "run"]
    command += ["--csv", str(work.broken_catalogue), "--store", str(scratch / "store")]
    for name in ("whole run, cold", "whole run, nothing to do"):
        cost = run_tree(
            command, {**ENVIRONMENT, "PREFECT_HOME": str(scratch / "prefect")}, scratch / "log"
        )
        print(f"  {name}: {cost.seconds:.1f} s, {cost.peak_mb:,.0f} MB in all", flush=True)
        yield StageCost(
            name,
            work.rows,
            cost.seconds,
            cost.seconds,
            cost.cpu_seconds,
            cost.peak_mb,
            f"largest process {cost.largest_mb:,.0f} MB",
        )
