"""Where the sections work: catalogues that are written once, and a store with all stages of one of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.catalogue import BROKEN, PARTS, write_folder, write_full_catalogue
from benchmarks.measure import Cost, measure
from benchmarks.stages import STAGES, ensure_stages
from flows.environment import ENVIRONMENT

TURNS: Final = 3


@dataclass(frozen=True)
class Workplace:
    """A folder, and how large to measure."""

    folder: Path
    rows: int
    large_rows: int = 0
    turns: int = TURNS
    points: int = 50_000
    growth_stages: tuple[str, ...] = ("ingest", "encode", "latents")

    def catalogue(self, rows: int | None = None, broken: float = 0.0) -> Path:
        """One file of so many rows, sound if not asked otherwise; as many as all else has if left out."""
        rows = rows or self.rows
        csv = self.folder / f"catalogue-{rows}{'-broken' if broken else ''}.csv"
        if not csv.exists():
            print(f"  writing {csv.name}", flush=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            measure(write_full_catalogue, csv, rows, broken)
        return csv

    @property
    def broken_catalogue(self) -> Path:
        """As the real one is: with rows that no reader should let through."""
        return self.catalogue(broken=BROKEN)

    def parts(self, rows: int) -> Path:
        """A folder of PARTS files with so many rows in all, each of another seed."""
        folder = self.folder / f"parts-{PARTS}x{rows // PARTS}"
        measure(write_folder, folder, rows)
        return folder

    @property
    def store(self) -> Path:
        """The store of the broken catalogue; the section `stages` makes it anew."""
        return self.folder / f"store-{self.rows}"

    def ensure(self, last: str) -> Path:
        """The store, with all stages up to *last* done by the code as it is now."""
        measure(ensure_stages, last, self.broken_catalogue, self.store, environment=ENVIRONMENT)
        return self.store

    def scratch(self, name: str) -> Path:
        """An empty folder."""
        folder = self.folder / "scratch" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def clear(self) -> None:
        """Remove all scratch folders."""
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)


def tell(name: str, cost: Cost) -> Cost:
    """Print one line of progress."""
    print(
        f"  {name:<42} {cost.clocked:9.2f} s  {cost.cpu_seconds:9.1f} s CPU  {cost.peak_mb:8,.0f} MB",
        flush=True,
    )
    return cost


def growth_stages(names: Sequence[str]) -> tuple[str, ...]:
    """*names* in the order in which they run.

    Raises:
        ValueError: If one is no stage.
    """
    if not set(names) <= set(STAGES):
        raise ValueError(f"Expected stages out of {', '.join(STAGES)}. Received: {names}.")
    return tuple(name for name in STAGES if name in names)
