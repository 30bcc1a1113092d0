"""A file's content in, the tables of its ingest out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.ingest.profile import IngestCounts
from tasks.ingest.settings import IngestSettings
from tasks.ingest.tables import ingest_csv


@dataclass(frozen=True)
class Ingested:
    """What an ingest left in its folder."""

    folder: Path
    counts: IngestCounts

    def table(self, name: str) -> pl.DataFrame:
        """One of its tables."""
        return pl.read_parquet(self.folder / name)

    @property
    def songs(self) -> pl.DataFrame:
        """The songs that were kept."""
        return self.table("songs")

    @property
    def reasons(self) -> dict[int, str]:
        """Why the row at a line is quarantined."""
        return dict(self.table("quarantine").select("line", "reason").iter_rows())

    @property
    def profile(self) -> dict[str, Any]:
        """What profile.json says."""
        profile: dict[str, Any] = json.loads((self.folder / "profile" / "profile.json").read_text())
        return profile


Ingest = Callable[..., Ingested]


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    """A function that ingests a file's content, or the files at some paths."""

    def run(
        content: str | bytes | list[Path], name: str = "songs.csv", **settings: Any
    ) -> Ingested:
        files = content if isinstance(content, list) else [tmp_path / name]
        if not isinstance(content, list):
            files[0].write_bytes(content.encode() if isinstance(content, str) else content)
        out = tmp_path / f"out-{len(list(tmp_path.glob('out-*')))}"
        out.mkdir()
        return Ingested(out, ingest_csv(files, out, IngestSettings(**settings)))

    return run
