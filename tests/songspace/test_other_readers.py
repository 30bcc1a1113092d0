"""A release needs no package of ours: the usual readers give the same rows."""

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

import songspace

KEYS = {"latents": ["song_id"], "neighbours": ["song_id", "rank"]}


@pytest.fixture(params=["latents", "neighbours"])
def table(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def expected(live: Path, table: str) -> pl.DataFrame:
    with songspace.open(live) as release:
        return release.table(table).collect().sort(KEYS[table])


def test_polars_reads_the_folder(live: Path, table: str, expected: pl.DataFrame) -> None:
    found = pl.read_parquet(live / table)

    assert found.sort(KEYS[table]).equals(expected)


def test_pandas_reads_the_folder(live: Path, table: str, expected: pl.DataFrame) -> None:
    found = pd.read_parquet(live / table)

    rows = pl.from_pandas(found.sort_values(KEYS[table]), schema_overrides=expected.schema)
    assert rows.equals(expected)


def test_pyarrow_reads_the_folder(live: Path, table: str, expected: pl.DataFrame) -> None:
    found = pyarrow.dataset.dataset(live / table).to_table()

    rows = found.sort_by([(key, "ascending") for key in KEYS[table]])
    assert rows.to_pylist() == expected.to_dicts()


def test_duckdb_reads_the_folder(live: Path, table: str, expected: pl.DataFrame) -> None:
    query = f"SELECT * FROM '{live / table}/*.parquet' ORDER BY {', '.join(KEYS[table])}"  # noqa: S608

    found = duckdb.execute(query)

    assert [column[0] for column in found.description or ()] == expected.columns
    rows = pl.DataFrame(found.fetchall(), schema=expected.schema, orient="row")
    assert rows.equals(expected)
