"""One live space for all tests of this folder: none of them changes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tasks.new_songs.encode import Encoded, encode_new_songs
from tests.tasks.ingest.csv_rows import HEADER, as_csv
from tests.tasks.new_songs.live_space import LiveSpace, publish_space

Rows = list[dict[str, str]]
Write = Callable[..., Path]
Encode = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def space(tmp_path_factory: pytest.TempPathFactory) -> LiveSpace:
    """A store with a live release."""
    return publish_space(tmp_path_factory.mktemp("space"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes rows as new.csv."""

    def write(rows: Rows, header: tuple[str, ...] = HEADER) -> Path:
        csv = tmp_path / "new.csv"
        csv.write_text(as_csv(rows, header))
        return csv

    return write


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "new.parquet"


@pytest.fixture
def run(space: LiveSpace, out: Path) -> Callable[[Path], Encoded]:
    """A function that encodes a CSV into *out*."""
    return lambda csv: encode_new_songs(str(csv), space.store.root, out)


@pytest.fixture
def encode(run: Callable[[Path], Encoded]) -> Callable[[Path], pl.DataFrame]:
    """A function that encodes a CSV and reads what was written."""
    return lambda csv: pl.read_parquet(run(csv).out)
