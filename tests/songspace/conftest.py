"""A small release with every table, in a store of its own."""

import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from songspace import schemas
from storage import Store

ROWS = 6
TABLES = {
    "songs": schemas.SONGS,
    "lyrics": schemas.LYRICS,
    "quarantine": schemas.QUARANTINE,
    "folded": schemas.FOLDED,
    "latents": schemas.LATENTS,
    "neighbours": schemas.NEIGHBOURS,
    "map": schemas.MAP,
}


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one live release; to be copied, not to be changed."""
    store = Store.open(tmp_path_factory.mktemp("published") / "store")
    store.promote(build_release(store, 1), expected=None)
    return store.root


@pytest.fixture
def store(published: Path, tmp_path: Path) -> Store:
    """A store with one live release."""
    shutil.copytree(published, tmp_path / "store", symlinks=True)
    return Store.open(tmp_path / "store")


@pytest.fixture
def live(store: Store) -> Path:
    """The folder of the one live release."""
    return Path(store.root / "live").resolve(strict=True)


@pytest.fixture
def build(store: Store) -> Callable[[int], str]:
    """Builds a release whose songs carry that number as their popularity."""
    return partial(build_release, store)


def build_release(store: Store, number: int) -> str:
    """A release with every table, each in two parts."""
    with store.draft() as draft:
        for name, schema in TABLES.items():
            (draft / name).mkdir()
            rows = 0 if name == "folded" else ROWS
            table = pl.DataFrame([row(schema, n, number) for n in range(rows)], schema=schema)
            half = rows // 2
            table[:half].write_parquet(draft / name / "part-0.parquet")
            table[half:].write_parquet(draft / name / "part-1.parquet")
        (draft / "model").mkdir()
        (draft / "model" / "settings.json").write_text("{}")
        ref = store.commit(draft, "run", recipe={"number": number})
    folders = {name: (ref, name) for name in (*TABLES, "model")}
    return store.build_release(folders, meta={"number": number})


def row(schema: pl.Schema, number: int, popularity: int) -> dict[str, Any]:
    """One row in that schema; *number* makes it unlike the others."""
    values = {column: value(dtype, number) for column, dtype in schema.items()}
    return {**values, "popularity": popularity} if "popularity" in schema else values


def value(dtype: pl.DataType, number: int) -> Any:
    """A value of that type."""
    if isinstance(dtype, pl.Array):
        return [float(number)] * dtype.shape[0]
    if isinstance(dtype, pl.List):
        return [f"tag {number}", "déjà vu"]
    if dtype == pl.String:
        return f'"{number}", naïve' if number else None
    if dtype == pl.Boolean:
        return number % 2 == 0
    if dtype == pl.Date:
        return date(2000 + number, 1, 31)
    return number
