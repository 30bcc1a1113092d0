"""Time and peak memory of a function, in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

Facts = dict[str, float]


@dataclass(frozen=True)
class Cost:
    """What one call cost."""

    seconds: float
    cpu_seconds: float  # of its threads, and of the children it has waited for
    peak_mb: float  # resident; of the largest child where one is larger
    facts: Facts = field(
        default_factory=dict
    )  # what the call itself told; "seconds" is its own clock

    @property
    def clocked(self) -> float:
        """Seconds by the call's own clock, where it kept one: without the reading of what it works on."""
        return self.facts.get("seconds", self.seconds)


def measure(
    work: Callable[..., object], *arguments: object, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run `work(*arguments)` in a fresh process; imports at the top of its module are not counted in the time.

    What *work* returns, if that is a dictionary of numbers, comes back as facts. What others have written before
    is on the disk when it begins: nobody pays for the pages of somebody else.
    """
    os.sync()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=run_and_report, args=(there, work, arguments))
    with added(environment or {}):
        process.start()
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


@contextmanager
def added(environment: Mapping[str, str]) -> Iterator[None]:
    """Have the variables of *environment* inside the block; no other is touched."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run_and_report(
    there: Connection, work: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """The child's side of `measure`."""
    started, cpu = time.perf_counter(), cpu_seconds()
    told = work(*arguments)
    seconds, spent = time.perf_counter() - started, cpu_seconds() - cpu
    facts = told if isinstance(told, dict) else {}
    there.send(Cost(seconds, spent, peak_mb(), facts))
    there.close()


def cpu_seconds() -> float:
    """What this process has used up, and the children that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_mb() -> float:
    """The most that was resident at a time, of this process or its largest child.

    Of this process by VmHWM: `getrusage` also counts what the parent held when it forked.
    """
    status = Path("/proc/self/status").read_text()
    own_kb = int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])
    return max(own_kb, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
