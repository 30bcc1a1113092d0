"""A command, and what it and all its children hold of the memory at a time."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EVERY_S: Final = 0.1


@dataclass(frozen=True)
class TreeCost:
    """What a command and its children cost."""

    seconds: float
    cpu_seconds: float
    peak_mb: float  # resident, summed over the tree ten times a second: shared pages count more than once
    largest_mb: float  # of the largest process


def run_tree(command: Sequence[str], environment: Mapping[str, str], log: Path) -> TreeCost:
    """Run *command* to its end; what it says goes to *log*.

    Raises:
        RuntimeError: If it fails.
    """
    started = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        peak, status, usage = watch(process.pid)
    except BaseException:
        process.terminate()  # it stops what it started itself
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} ended with {process.returncode}: see {log}.")
    seconds = time.perf_counter() - started
    return TreeCost(seconds, usage.ru_utime + usage.ru_stime, peak, usage.ru_maxrss / 1024)


def watch(pid: int) -> tuple[float, int, resource.struct_rusage]:
    """Wait for a process: the most that its tree held at a time, how it ended and what it used up."""
    peak = 0.0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return peak, status, usage
        peak = max(peak, sum(resident_mb(there) for there in tree(pid)))
        time.sleep(EVERY_S)


def tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        facts = _read(stat).rpartition(")")[2].split()  # a name may hold spaces
        if facts:
            children[int(facts[1])].append(int(stat.parent.name))
    waiting = [pid]
    while waiting:
        yield (found := waiting.pop())
        waiting += children[found]


def resident_mb(pid: int) -> float:
    """What a process holds; nothing if it has just ended."""
    pages = _read(Path(f"/proc/{pid}/statm")).split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if pages else 0.0


def _read(file: Path) -> str:
    """The content of a file of /proc; nothing where its process has ended meanwhile."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
