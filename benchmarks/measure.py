"""Time and peak memory of a function, in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection


@dataclass(frozen=True)
class Cost:
    """What one call cost."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def measure(
    work: Callable[..., object], *arguments: object, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run `work(*arguments)` in a fresh process; imports at the top of its module are not counted in the time."""
    before = dict(os.environ)
    os.environ.update(environment or {})
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=run_and_report, args=(there, work, arguments))
    process.start()
    os.environ.clear()
    os.environ.update(before)
    there.close()
    try:
        cost = here.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"{work.__name__} ended with {process.exitcode}; see above.") from None
    process.join()
    if not isinstance(cost, Cost):
        raise TypeError(f"Expected a Cost. Received: {cost!r}.")
    return cost


def run_and_report(
    there: Connection, work: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """The child's side of `measure`."""
    started, cpu = time.perf_counter(), time.process_time()
    work(*arguments)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    there.send(Cost(seconds, cpu_seconds, peak_kb / 1024))
    there.close()
