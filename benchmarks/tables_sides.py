"""CSV to Parquet by Polars and DuckDB alone: what the reading itself takes, without a look at any row."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from benchmarks.measure import Facts


def plain_scan(csv: Path, out: Path) -> Facts:
    """Polars: the file as text columns."""
    pl.scan_csv(csv, infer_schema=False).sink_parquet(out / "plain.parquet", compression="zstd")
    return {"bytes": (out / "plain.parquet").stat().st_size}


def duckdb_copy(csv: Path, out: Path) -> Facts:
    """DuckDB: the file as text columns."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        cells = connection.read_csv(str(csv), header=True, all_varchar=True)
        cells.write_parquet(str(out / "duckdb.parquet"), compression="zstd")
    return {"bytes": (out / "duckdb.parquet").stat().st_size}
