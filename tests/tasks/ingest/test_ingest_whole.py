"""Whole catalogues go through: the synthetic one with known faults, and the real rows."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from tasks.ingest.columns import NAMES
from tasks.ingest.settings import IngestSettings
from tasks.ingest.synthetic import CatalogueSettings, planted_factors, write_catalogue
from tasks.ingest.tables import ingest_csv
from tests.tasks.ingest.conftest import Ingest
from tests.tasks.ingest.csv_rows import as_csv, make_rows

REAL_ROWS = Path(__file__).parents[4] / "shared" / "data"
needs_real_rows = pytest.mark.skipif(
    not REAL_ROWS.exists(), reason=f"the real rows are not at {REAL_ROWS}"
)


@pytest.mark.parametrize("revision", ["bpm", "scaled"])
def test_every_planted_fault_is_found_and_nothing_else(
    ingest: Ingest, tmp_path: Path, revision: Literal["bpm", "scaled"]
) -> None:
    settings = CatalogueSettings(rows=4_000, seed=5, revision=revision, broken_share=0.02)
    written = write_catalogue(tmp_path / "synthetic.csv", settings)
    truth = planted_factors(written.catalogue)

    got = ingest([written.catalogue])

    broken = truth.filter(pl.col("broken").is_not_null() | pl.col("song").is_null())
    exact = truth.filter(kind="exact")["line"]
    assert sorted(got.reasons) == broken["line"].to_list()
    assert got.table("folded").filter("exact")["line"].to_list() == exact.to_list()
    assert got.songs["line"].is_sorted()
    assert got.profile["files"][0]["revision"] == revision


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_same_file_gives_the_same_bytes(ingest: Ingest, tmp_path: Path) -> None:
    written = write_catalogue(tmp_path / "synthetic.csv", CatalogueSettings(rows=2_000))

    first = digests(ingest([written.catalogue], block_mb=0.5, part_mb=1).folder)
    second = digests(ingest([written.catalogue], block_mb=0.5, part_mb=1).folder)

    assert first == second
    assert {str(Path(name).parent) for name in first} == {
        "songs",
        "lyrics",
        "quarantine",
        "folded",
        "profile",
        "pieces",
    }


def test_an_empty_table_still_has_one_part(ingest: Ingest) -> None:
    got = ingest(as_csv(make_rows(3, Key="?")))

    parts = {path.parent.name: path.name for path in got.folder.rglob("*.parquet")}
    assert parts == dict.fromkeys(("songs", "lyrics", "quarantine", "folded"), "part-00000.parquet")
    assert got.songs.is_empty()
    assert got.counts.quarantined == 3


def test_the_profile_counts_nulls_spreads_and_categories(ingest: Ingest) -> None:
    rows = make_rows(4)
    rows[0] |= {"Tempo": "", "Genre": "Jazz"}
    rows[1] |= {"Key": "", "text": ""}

    profile = ingest(as_csv(rows)).profile

    assert profile["nulls"]["tempo"] == profile["nulls"]["key"] == profile["nulls"]["lyrics"] == 1
    assert profile["numbers"]["tempo"] == {
        "min": 61,
        "max": 63,
        "mean": 62,
        "sd": 1,
        "quartiles": [61.5, 62, 62.5],
    }
    assert profile["categories"]["genres"] == {
        "distinct": 3,
        "top": {"pop": 3, "rock": 3, "jazz": 1},
    }
    assert profile["shares"]["explicit"] == 0
    assert profile["first_date"] == profile["last_date"] == "2013-04-29"
    assert set(profile["nulls"]) == {*NAMES, "lyrics"} - {"text"}


def test_progress_ends_with_every_byte(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for file in (first, second):
        file.write_text(as_csv(make_rows(300)))
    (tmp_path / "out").mkdir()
    told: list[tuple[int, int]] = []

    ingest_csv(
        [first, second],
        tmp_path / "out",
        IngestSettings(block_mb=0.01),
        lambda done, total: told.append((done, total)),
    )

    size = first.stat().st_size + second.stat().st_size
    assert told == sorted(told)
    assert told[-1] == (size, size)
    assert len(told) > 4


MEASURE = """
import resource, sys
from pathlib import Path
from tasks.ingest.settings import IngestSettings
from tasks.ingest.tables import ingest_csv

out = Path(sys.argv[2])
out.mkdir()
ingest_csv([Path(sys.argv[1])], out, IngestSettings(block_mb=1, part_mb=4))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kilobytes(file: Path) -> int:
    command = [sys.executable, "-c", MEASURE, str(file), str(file.with_suffix(".out"))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_memory_follows_the_block_and_not_the_file(tmp_path: Path) -> None:
    lyrics = "love is all you need " * 400
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text(as_csv(make_rows(1_000, text=lyrics)))
    large.write_text(as_csv(make_rows(12_000, text=lyrics)))

    grown = peak_kilobytes(large) - peak_kilobytes(small)

    assert grown < (large.stat().st_size - small.stat().st_size) / 1024 / 2


@pytest.mark.real_rows
@needs_real_rows
@pytest.mark.parametrize(
    ("name", "kept", "folded", "exact"),
    [("spotify_head_1000.csv", 905, 95, 0), ("tracks_real_13k.csv", 12_877, 0, 0)],
)
def test_every_real_row_is_kept_or_folded(
    ingest: Ingest, name: str, kept: int, folded: int, exact: int
) -> None:
    got = ingest([REAL_ROWS / name])

    assert (got.counts.kept, got.counts.folded, got.counts.quarantined) == (kept, folded, 0)
    assert got.table("folded")["exact"].sum() == exact
    assert got.songs["release_date"].null_count() == 0
    assert got.songs["duplicates"].sum() == folded
